//! The tower that reads.

use std::{fs, path::Path, sync::Arc};

use serde_json::Value as Json;
use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use super::languages::flores;
use crate::session::{Fault, Kind, Port, Session, Value, single};

/// Where neither the settings nor the graph say how many tokens a text has.
const USUAL_CONTEXT: usize = 77;
/// No model reads more.
const MAX_CONTEXT: usize = 4_096;
/// What SigLIP's cleaning removes: Python's `string.punctuation`, which is ASCII's.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
}

/// Turns texts into embeddings.
pub struct Textual {
    session: Arc<dyn Session>,
    tokenizer: Tokenizer,
    canonicalizes: bool,
    names_language: bool,
}

/// What the files beside a graph say of how its texts are prepared.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    context_tokens: Option<usize>,
    canonicalizes: bool,
    pad_token: Option<String>,
}

impl Textual {
    /// The tower of that graph; `name` is the model's, `folder` its folder, in which `config.json` and `textual/` lie.
    ///
    /// # Errors
    /// Files that are missing or cannot be read, or a graph that takes no tokens.
    pub fn load(session: Arc<dyn Session>, name: &str, folder: &Path) -> Result<Self, Fault> {
        let config = read_json(&folder.join("config.json"))?;
        let of_tokenizer = read_json(&folder.join("textual/tokenizer_config.json"))?;
        let settings = Settings::of(config.as_ref(), of_tokenizer.as_ref());
        let file = folder.join("textual/tokenizer.json");
        let tokenizer = Tokenizer::from_file(&file)
            .map_err(|error| Fault::unexpected(format!("{} cannot be read: {error}", file.display())))?;
        Self::new(session, tokenizer, &settings, name)
    }

    fn new(
        session: Arc<dyn Session>,
        mut tokenizer: Tokenizer,
        settings: &Settings,
        name: &str,
    ) -> Result<Self, Fault> {
        let of_graph = session.inputs().first().and_then(|input| input.dims.get(1).copied().flatten());
        let known = albumen_domain::models::clip_model(name).map(|model| model.context_tokens);
        let context = of_graph.or(settings.context_tokens).or(known).unwrap_or(USUAL_CONTEXT);
        if !(1..=MAX_CONTEXT).contains(&context) {
            return Err(Fault::unexpected(format!("it would read texts of {context} tokens")));
        }
        for input in session.inputs() {
            check_input(input)?;
        }
        bound(&mut tokenizer, context, settings.pad_token.as_deref())?;
        let names_language = name.starts_with("nllb");
        Ok(Self { session, tokenizer, canonicalizes: settings.canonicalizes, names_language })
    }

    /// The embedding of a text, of length one.
    ///
    /// # Errors
    /// What the tokenizer or the graph have against it.
    pub fn embed(&self, text: &str, language: Option<&str>) -> Result<Vec<f32>, Fault> {
        let cleaned = self.clean(text, language);
        let encoding = self.tokenizer.encode(cleaned, true).map_err(|error| Fault::Tokens(error.to_string()))?;
        let inputs = self.session.inputs().iter().map(|input| {
            let numbers = match role(&input.name) {
                Role::Mask => encoding.get_attention_mask(),
                Role::Segment => encoding.get_type_ids(),
                Role::Tokens => encoding.get_ids(),
            };
            (input.name.as_str(), tokens(input, numbers))
        });
        super::embedding(single(self.session.run(inputs.collect())?)?)
    }

    fn clean(&self, text: &str, language: Option<&str>) -> String {
        let mut cleaned = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.canonicalizes {
            cleaned.retain(|c| !is_punctuation(c));
            cleaned = cleaned.to_lowercase();
        }
        match language.filter(|_| self.names_language) {
            // Without a space: the code is a token of its own, and a space would be one more.
            Some(tag) => format!("{}{cleaned}", flores(tag)),
            None => cleaned,
        }
    }
}

/// What an input wants to know.
enum Role {
    Tokens,
    Mask,
    Segment,
}

fn role(name: &str) -> Role {
    match name {
        "attention_mask" => Role::Mask,
        "token_type_ids" => Role::Segment,
        _ => Role::Tokens,
    }
}

fn check_input(input: &Port) -> Result<(), Fault> {
    match (input.kind, input.dims.len()) {
        (Kind::I32 | Kind::I64, 2) => Ok(()),
        _ => Err(Fault::unexpected(format!("its input {} takes no tokens", input.name))),
    }
}

fn tokens(input: &Port, numbers: &[u32]) -> Value {
    let dims = vec![1, numbers.len()];
    match input.kind {
        Kind::I64 => Value::I64 { dims, data: numbers.iter().map(|number| i64::from(*number)).collect() },
        _ => Value::I32 { dims, data: numbers.iter().map(|number| *number as i32).collect() },
    }
}

/// Texts are cut and filled to exactly the context.
fn bound(tokenizer: &mut Tokenizer, context: usize, pad_token: Option<&str>) -> Result<(), Fault> {
    let no_pad = || Fault::unexpected("tokenizer_config.json names no pad_token of its vocabulary");
    let own = tokenizer.get_padding().map(|padding| padding.pad_token.clone());
    let pad_token = pad_token.map(str::to_owned).or(own).ok_or_else(no_pad)?;
    let pad_id = tokenizer.token_to_id(&pad_token).ok_or_else(no_pad)?;
    let strategy = PaddingStrategy::Fixed(context);
    tokenizer.with_padding(Some(PaddingParams { strategy, pad_id, pad_token, ..PaddingParams::default() }));
    let truncation = TruncationParams { max_length: context, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| Fault::unexpected(error.to_string()))?;
    Ok(())
}

fn read_json(file: &Path) -> Result<Option<Json>, Fault> {
    let Ok(text) = fs::read(file) else { return Ok(None) };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| Fault::unexpected(format!("{} cannot be read: {error}", file.display())))
}

impl Settings {
    fn of(config: Option<&Json>, of_tokenizer: Option<&Json>) -> Self {
        let at = |pointer: &str| config.and_then(|config| config.pointer(pointer));
        let pad = of_tokenizer.and_then(|settings| settings.get("pad_token"));
        Self {
            context_tokens: at("/text_cfg/context_length").and_then(Json::as_u64).map(|length| length as usize),
            canonicalizes: at("/text_cfg/tokenizer_kwargs/clean").and_then(Json::as_str) == Some("canonicalize"),
            // Either the token, or an object that describes it.
            pad_token: pad.and_then(|pad| pad.as_str().or_else(|| pad.get("content")?.as_str())).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::fake::{FakeSession, port};

    /// A vocabulary of whole words between two special tokens.
    fn tokenizer() -> Tokenizer {
        let special = |id: u32, content: &str| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        };
        let described = json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [special(0, "<s>"), special(1, "<pad>"), special(2, "</s>"), special(3, "deu_Latn")],
            "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                                   "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
            "decoder": null,
            "model": {"type": "WordLevel", "unk_token": "<pad>",
                      "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "deu_Latn": 3, "a": 4, "dog": 5, "Dog": 6, "!": 7}},
        });
        described.to_string().parse().expect("a tokenizer")
    }

    fn settings(canonicalizes: bool) -> Settings {
        Settings { context_tokens: Some(6), canonicalizes, pad_token: Some("<pad>".to_owned()) }
    }

    fn tower(inputs: Vec<Port>, canonicalizes: bool, name: &str) -> (Arc<FakeSession>, Textual) {
        let answer = |_: &[(String, Value)]| vec![Value::F32 { dims: vec![1, 2], data: vec![1.0, 0.0] }];
        let session = Arc::new(FakeSession::new(inputs, 1, answer));
        let textual = Textual::new(session.clone(), tokenizer(), &settings(canonicalizes), name).expect("a tower");
        (session, textual)
    }

    fn ids(canonicalizes: bool, name: &str, text: &str, language: Option<&str>) -> Vec<i32> {
        let (session, textual) = tower(vec![port("text", Kind::I32, &[1, 6])], canonicalizes, name);
        textual.embed(text, language).expect("an embedding");
        let fed = session.fed.lock();
        let Value::I32 { dims, data } = &fed[0][0].1 else { panic!("32-bit tokens are fed") };
        assert_eq!(dims, &[1, 6]);
        data.clone()
    }

    #[test]
    fn short_texts_are_filled() {
        assert_eq!(ids(false, "m", "  a \n\t dog ", None), [0, 4, 5, 2, 1, 1]);
    }

    #[test]
    fn long_texts_are_cut_and_keep_their_end() {
        assert_eq!(ids(false, "m", "a dog a dog a dog", None), [0, 4, 5, 4, 5, 2]);
    }

    #[test]
    fn only_some_models_have_their_texts_cleaned() {
        assert_eq!(ids(false, "m", "a Dog!", None), [0, 4, 6, 7, 2, 1]);
        assert_eq!(ids(true, "m", "a Dog!", None), [0, 4, 5, 2, 1, 1]);
    }

    #[test]
    fn only_nllb_is_told_the_language() {
        assert_eq!(ids(false, "nllb-clip-base-siglip__v1", "a dog", Some("de-CH")), [0, 3, 4, 5, 2, 1]);
        assert_eq!(ids(false, "nllb-clip-base-siglip__v1", "a dog", None), [0, 4, 5, 2, 1, 1]);
        assert_eq!(ids(false, "LABSE-Vit-L-14", "a dog", Some("de-CH")), [0, 4, 5, 2, 1, 1]);
    }

    #[test]
    fn a_mask_is_given_to_whom_wants_it() {
        let inputs = vec![
            port("input_ids", Kind::I64, &[0, 0]),
            port("attention_mask", Kind::I32, &[0, 0]),
            port("token_type_ids", Kind::I64, &[0, 0]),
        ];
        let (session, textual) = tower(inputs, false, "m");
        textual.embed("a dog", None).expect("an embedding");
        let expected = [
            Value::I64 { dims: vec![1, 6], data: vec![0, 4, 5, 2, 1, 1] },
            Value::I32 { dims: vec![1, 6], data: vec![1, 1, 1, 1, 0, 0] },
            Value::I64 { dims: vec![1, 6], data: vec![0; 6] },
        ];
        let fed = session.fed.lock();
        assert!(fed[0].iter().map(|(_, value)| value).eq(&expected), "{:?}", fed[0]);
    }

    #[test]
    fn settings_are_read_in_both_forms() {
        let config = json!({"text_cfg": {"context_length": 64, "tokenizer_kwargs": {"clean": "canonicalize"}}});
        let described = json!({"pad_token": {"content": "</s>", "lstrip": false}});
        let expected = Settings { context_tokens: Some(64), canonicalizes: true, pad_token: Some("</s>".to_owned()) };
        assert_eq!(Settings::of(Some(&config), Some(&described)), expected);
        assert_eq!(Settings::of(None, Some(&json!({"pad_token": "</s>"}))).pad_token.as_deref(), Some("</s>"));
    }

    #[test]
    fn a_pad_token_that_is_in_no_vocabulary_is_refused() {
        let session = FakeSession::new(vec![port("text", Kind::I32, &[1, 6])], 1, |_| Vec::new());
        let settings = Settings { pad_token: Some("<none>".to_owned()), ..settings(false) };
        let refused = Textual::new(Arc::new(session), tokenizer(), &settings, "m");
        assert!(matches!(refused, Err(Fault::Unexpected(_))));
    }
}
