import Glibc

/// How many checks run at once.
struct CheckLimits: Sendable, Hashable {
    /// In total.
    var total: Int
    /// To one host; loopback knows no such limit, for there nobody else is troubled.
    var perHost: Int

    /// 600, which take 25 MB, or what the process has descriptors for (Lambda gives 1,024, enough), and 32 to one host.
    static var standard: CheckLimits {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        let descriptors = isKnown ? Int(clamping: limit.rlim_cur) : 1_024
        return CheckLimits(total: min(600, max(8, descriptors - 124)), perHost: 32)
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
