/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-21T03:41:56.123Z <request id> [INFO] message key=value`
    case text

    /// One JSON object: `timestamp`, `level`, `requestId`, `tenantId`, `message`, `metadata`, and for errors
    /// `errorType`, `errorMessage`, `stackTrace`.
    case json
}
