/// How good or bad the state of a job is.
enum BackupState {
    static func severity(_ state: String) -> Severity {
        switch state {
        case "COMPLETED": .ok
        case "FAILED", "ABORTED", "EXPIRED": .critical
        case "PARTIAL", "ABORTING": .warning
        default: .info
        }
    }
}
