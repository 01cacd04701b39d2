import Basics

/// An entry of `URLS_TO_MONITOR`, read as liberally as the function that Tocsin replaces did (Python's aiohttp).
///
/// It takes a scheme in capitals and a space in a path. What it could not request counted as down, and the other
/// entries were checked all the same.
struct URLEntry {
    /// What the original checks when the variable is missing.
    static let originalDefaults = ["https://gitlab.com", "https://stallman.org"]

    /// The entry as it was given, without user and password.
    let name: String
    /// The entry as it was given; without user and password when it cannot be requested.
    let url: String
    let target: CheckTarget
    /// Why it cannot be requested, with its number; nil for one that can.
    let fault: String?

    /// - Parameter number: the place in the list, from 1.
    init(_ text: String, number: Int) {
        let requested = Self.requestURL(text)
        do throws(TargetError) {
            let target = try CheckTarget(url: requested, question: nil)
            guard target.kind == .http else { throw Self.otherScheme(TargetURL(text)?.scheme ?? "") }
            (name, url, self.target, fault) = (PublicURL.text(text), text, target, nil)
        } catch {
            let shown = Self.withoutUser(text)
            let scheme = TargetURL(text)?.scheme
            let reason =
                switch scheme {
                case nil: "has no scheme" + (text.contains(" ") ? "" : ", did you mean https://\(Self.bare(shown))?")
                case "http"?, "https"?, "HTTP"?, "HTTPS"?: error.message
                case let scheme?: Self.otherScheme(scheme).message
                }
            let fault = "URLS_TO_MONITOR: entry \(number), \(shown), \(reason)"
            (name, url, self.fault) = (shown, shown, fault)
            target = CheckTarget(.failing(fault), host: "", port: nil)
        }
    }

    private static func otherScheme(_ scheme: String) -> TargetError {
        TargetError(.invalid, "begins with \(scheme)://, and only http:// and https:// are checked")
    }

    /// The URL with its scheme in small letters, and with `%20` for spaces behind the host.
    private static func requestURL(_ text: String) -> String {
        guard let url = TargetURL(text) else { return text }
        let scheme = url.scheme.lowercased()
        let authority = url.rest.prefix { !"/?#".contains($0) }
        return (["http", "https"].contains(scheme) ? scheme : url.scheme) + "://" + authority
            + String(url.rest.dropFirst(authority.count)).replacingBytes(" ", with: "%20")
    }

    /// The text without what may be a user and a password: in a text that is no URL, all before the last `@`.
    private static func withoutUser(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return PublicURL.text(text) }
        let scheme = TargetURL(text).map { $0.scheme + "://" } ?? ""
        return PublicURL.text(scheme + text[text.index(after: at)...])
    }

    /// `example.com/x` for `//example.com/x` and `http:/example.com/x`.
    private static func bare(_ text: String) -> String {
        let start = ["https:", "http:"].first { text.lowercased().hasPrefix($0) }?.count ?? 0
        return String(text.dropFirst(start).drop { $0 == "/" })
    }
}

extension CheckKind {
    /// A check that fails for a reason that was known before.
    fileprivate static func failing(_ reason: String) -> CheckKind {
        CheckKind(
            schemes: [], target: { kind, _ throws(TargetError) in CheckTarget(kind, host: "", port: nil) },
            run: { _, _, _ in throw CheckError(reason) })
    }
}
