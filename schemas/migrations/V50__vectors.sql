-- Vectors and their distances. It is known to every read model by the name of this schema.
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;
