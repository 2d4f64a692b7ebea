CREATE TRIGGER bridgewatch_prompted AFTER INSERT ON @SCHEMA@.aibridge_user_prompts
    FOR EACH ROW EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_prompt();
CREATE TRIGGER bridgewatch_changed AFTER UPDATE OR DELETE ON @SCHEMA@.aibridge_user_prompts
    FOR EACH ROW EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_changed_prompt();
CREATE TRIGGER bridgewatch_truncated AFTER TRUNCATE ON @SCHEMA@.aibridge_user_prompts
    FOR EACH STATEMENT EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_truncate();
ALTER TABLE @SCHEMA@.aibridge_user_prompts
    ENABLE ALWAYS TRIGGER bridgewatch_prompted, ENABLE ALWAYS TRIGGER bridgewatch_changed,
    ENABLE ALWAYS TRIGGER bridgewatch_truncated;
