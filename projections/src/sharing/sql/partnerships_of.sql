SELECT id FROM partnership WHERE shared_by_id = ANY($1) OR shared_with_id = ANY($1)
