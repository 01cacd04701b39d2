import HTTPServer
import NIOHTTP1

/// Who may call the servers of this machine that ask for no password: its programs, and no web page.
///
/// A page in a browser of this machine can send requests to every port of 127.0.0.1. What gives it away:
/// - `Origin`, in all that is not a plain `GET`, and `Sec-Fetch-Site` in the rest. No program sends either.
/// - A page whose own name was made to point to 127.0.0.1 (DNS rebinding) asks for that name in `Host`.
///
/// ``MotoGuard`` has the same rules for moto.
enum LocalCallers {
    /// The answer to a request that no program of this machine sends; nil for those that one may have sent.
    /// - Parameter ofAnyHost: whether other machines may call, too, under whatever name they know this one by.
    static func refusal(_ head: HTTPRequestHead, ofAnyHost: Bool = false) -> ServerReply? {
        // Every browser sends one; programs that speak HTTP by hand may leave it out.
        let hosts = head.headers["host"]
        guard hosts.count <= 1, ofAnyHost || hosts.allSatisfy(isLoopback) else {
            return ServerReply(
                status: .misdirectedRequest,
                text: "Refused: the request is for another host. This server answers for 127.0.0.1 and localhost.\n")
        }
        // `none` is what somebody has typed into the address bar.
        let isOfPage = head.headers.contains(name: "origin") || head.headers["sec-fetch-site"].contains { $0 != "none" }
        guard isOfPage else { return nil }
        return ServerReply(status: .forbidden, text: "Refused: a web page sent this request.\n")
    }

    /// Whether a `Host` names this machine, with any port; `bucket.localhost` does, too.
    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "[::1]" || host.hasPrefix("[::1]:") { return true }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2 else { return false }
        return name == "127.0.0.1" || name == "localhost" || name.hasSuffix(".localhost")
    }
}
