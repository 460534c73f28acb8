//! How the NLLB models name languages.

/// What a language that nobody told of, or that is unknown, is taken for.
const ENGLISH: &str = "eng_Latn";

/// Tags of clients, and the codes of FLORES-200.
const CODES: [(&str, &str); 56] = [
    ("af", "afr_Latn"),
    ("ar", "arb_Arab"),
    ("az", "azj_Latn"),
    ("be", "bel_Cyrl"),
    ("bg", "bul_Cyrl"),
    ("ca", "cat_Latn"),
    ("cs", "ces_Latn"),
    ("da", "dan_Latn"),
    ("de", "deu_Latn"),
    ("el", "ell_Grek"),
    ("en", "eng_Latn"),
    ("es", "spa_Latn"),
    ("et", "est_Latn"),
    ("fa", "pes_Arab"),
    ("fi", "fin_Latn"),
    ("fr", "fra_Latn"),
    ("he", "heb_Hebr"),
    ("hi", "hin_Deva"),
    ("hr", "hrv_Latn"),
    ("hu", "hun_Latn"),
    ("hy", "hye_Armn"),
    ("id", "ind_Latn"),
    ("it", "ita_Latn"),
    ("ja", "jpn_Hira"),
    ("kmr", "kmr_Latn"),
    ("ko", "kor_Hang"),
    ("lb", "ltz_Latn"),
    ("lt", "lit_Latn"),
    ("lv", "lav_Latn"),
    ("mfa", "zsm_Latn"),
    ("mk", "mkd_Cyrl"),
    ("mn", "khk_Cyrl"),
    ("mr", "mar_Deva"),
    ("ms", "zsm_Latn"),
    ("nb-NO", "nob_Latn"),
    ("nn", "nno_Latn"),
    ("nl", "nld_Latn"),
    ("pl", "pol_Latn"),
    ("pt-BR", "por_Latn"),
    ("pt", "por_Latn"),
    ("ro", "ron_Latn"),
    ("ru", "rus_Cyrl"),
    ("sk", "slk_Latn"),
    ("sl", "slv_Latn"),
    ("sr-Cyrl", "srp_Cyrl"),
    ("sv", "swe_Latn"),
    ("ta", "tam_Taml"),
    ("te", "tel_Telu"),
    ("th", "tha_Thai"),
    ("tr", "tur_Latn"),
    ("uk", "ukr_Cyrl"),
    ("ur", "urd_Arab"),
    ("vi", "vie_Latn"),
    ("zh-CN", "zho_Hans"),
    ("zh-Hans", "zho_Hans"),
    ("zh-TW", "zho_Hant"),
];

/// The code of a client's language tag: of the tag as it is, else of what stands before its first hyphen.
pub(super) fn flores(tag: &str) -> &'static str {
    let exact = |wanted: &str| CODES.iter().find(|(tag, _)| *tag == wanted).map(|(_, code)| *code);
    exact(tag).or_else(|| exact(tag.split('-').next().unwrap_or_default())).unwrap_or(ENGLISH)
}

#[cfg(test)]
mod tests {
    use super::flores;

    #[test]
    fn the_whole_tag_counts_before_its_beginning() {
        for (tag, code) in [
            ("de", "deu_Latn"),
            ("de-AT", "deu_Latn"),
            ("zh-TW", "zho_Hant"),
            ("zh-CN", "zho_Hans"),
            ("zh", "eng_Latn"),
            ("pt-BR", "por_Latn"),
            ("sr-Cyrl", "srp_Cyrl"),
            ("xx", "eng_Latn"),
            ("", "eng_Latn"),
        ] {
            assert_eq!(flores(tag), code, "{tag}");
        }
    }
}
