-- The reader's password, from the file that the Secret is mounted as. The server logs it where log_statement is `ddl` or more.
\set password `cat /run/secrets/reader/password`
ALTER ROLE bridgewatch_reader PASSWORD :'password';
