CREATE TRIGGER bridgewatch_inserted AFTER INSERT ON @SCHEMA@.aibridge_interceptions
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_interception();
-- Without WHEN, which is read and prepared anew in each statement: nearly all updates are ends.
CREATE TRIGGER bridgewatch_updated AFTER UPDATE ON @SCHEMA@.aibridge_interceptions
    FOR EACH ROW EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_interception();
CREATE TRIGGER bridgewatch_deleted AFTER DELETE ON @SCHEMA@.aibridge_interceptions
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_interception();
CREATE TRIGGER bridgewatch_truncated AFTER TRUNCATE ON @SCHEMA@.aibridge_interceptions
    FOR EACH STATEMENT EXECUTE FUNCTION @SCHEMA@.bridgewatch_on_truncate();
-- For a logical replica too: what applies changes there has no other triggers.
ALTER TABLE @SCHEMA@.aibridge_interceptions
    ENABLE ALWAYS TRIGGER bridgewatch_inserted, ENABLE ALWAYS TRIGGER bridgewatch_updated,
    ENABLE ALWAYS TRIGGER bridgewatch_deleted, ENABLE ALWAYS TRIGGER bridgewatch_truncated;
