CREATE INDEX IF NOT EXISTS reading_gram_grams ON reading_gram USING gin (grams);
