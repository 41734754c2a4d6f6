CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('fine', 'sad');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE TABLE sales."Order" (
  "group" integer NOT NULL, "select" text NOT NULL, "Mixed Case" text, amount numeric(38,9), big bigint NOT NULL,
  rate double precision, yes boolean, born date, at timestamp(3), "when" timestamptz, updated_at timestamptz NOT NULL,
  bytes bytea, doc jsonb, tags text[], feeling mood, PRIMARY KEY ("group", "select"));
CREATE INDEX ON sales."Order" (updated_at);
CREATE TRIGGER touch BEFORE UPDATE ON sales."Order" FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE public.customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.log (message text, level integer);
