-- An index for each space that has so many vectors that looking at all of them takes longer. With more memory the graph
-- is built in one go; each search is then better by ef_construction and slower by m.
DO $$
DECLARE
    found record;
    has_many boolean;
BEGIN
    PERFORM set_config('maintenance_work_mem', '512MB', true);
    FOR found IN SELECT id, dimension FROM space ORDER BY id LOOP
        EXECUTE format('SELECT count(*) >= 10000 FROM vector_%s', found.id) INTO has_many;
        IF has_many THEN
            EXECUTE format(
                'CREATE INDEX IF NOT EXISTS vector_%1$s_nearest ON vector_%1$s
                 USING hnsw ((embedding::public.halfvec(%2$s)) public.halfvec_cosine_ops)
                 WITH (m = 16, ef_construction = 128)',
                found.id, found.dimension
            );
        END IF;
    END LOOP;
END
$$;
