-- What the elements of a pilot use, as it last said: JSON, written from time to time when several gateways share the database.
ALTER TABLE pilot ADD COLUMN usage TEXT;
