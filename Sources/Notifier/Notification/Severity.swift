/// How much a notification matters; `.critical` is the greatest.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// What was wrong is right again.
    case ok
    /// Good to know.
    case info
    /// Somebody should look at it in working hours.
    case warning
    /// Somebody should look at it now.
    case critical

    /// `.ok` < `.info` < `.warning` < `.critical`.
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .ok: 0
        case .info: 1
        case .warning: 2
        case .critical: 3
        }
    }
}
