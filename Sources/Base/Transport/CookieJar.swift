internal import Basics
internal import Synchronization

/// Keeps the cookies that servers set, for the requests that follow (RFC 6265).
///
/// A request that has a jar sends and takes cookies with every exchange, those that redirect included. There is no list
/// of public suffixes: a cookie for `example.com` goes to all hosts below it, one for `com` is not taken.
public final class CookieJar: Sendable {
    private struct Cookie {
        let name: String
        let value: String
        /// The host, or the domain with all hosts below it.
        let domain: String
        let isForHostOnly: Bool
        let path: String
        let isSecure: Bool
        var size: Int { name.utf8.count + value.utf8.count }
        /// Nil for one that lasts as long as the jar.
        let end: Timestamp?

        func isReplaced(by other: Cookie) -> Bool {
            (name, domain, path) == (other.name, other.domain, other.path)
        }
    }

    /// The longest cookie that is kept, in bytes of name and value.
    private static let maximumBytes = 4_096
    /// How many cookies are kept; beyond, the oldest goes.
    private static let maximumCookies = 100
    /// How long they may be together, in bytes of names and values; beyond, the oldest goes.
    private static let maximumTotalBytes = 16_384

    /// In the order in which they were set first.
    private let cookies = Mutex<[Cookie]>([])

    /// An empty jar.
    public init() {}

    /// The values of all cookies: they are secrets.
    public var values: [String] { cookies.withLock { $0.map(\.value) } }

    /// Adds the cookies for a URL to the header fields of a request to it, behind those that are there.
    func add(to headers: inout HTTPHeaders, for url: String, at now: Timestamp = .now()) {
        guard let target = try? RequestTarget(url) else { return }
        let (host, path) = (target.bareHost.lowercased(), Self.path(of: target.pathAndQuery(of: url)))
        let pairs = cookies.withLock { cookies in
            cookies.removeAll { $0.end.map { $0 <= now } ?? false }
            return cookies.enumerated().filter { _, cookie in
                let isOfHost =
                    cookie.isForHostOnly ? host == cookie.domain : Self.isHost(host, within: cookie.domain)
                return isOfHost && Self.isPath(path, below: cookie.path) && (target.isSecure || !cookie.isSecure)
            }
            // The most exact path first, then the one that was set first.
            .sorted { ($1.element.path.utf8.count, $0.offset) < ($0.element.path.utf8.count, $1.offset) }
            .map { "\($0.element.name)=\($0.element.value)" }
        }
        guard !pairs.isEmpty else { return }
        headers.set("Cookie", (headers.values(named: "Cookie") + pairs).joined(separator: "; "))
    }

    /// Takes the cookies of a response.
    func take(_ headers: HTTPHeaders, from url: String, at now: Timestamp = .now()) {
        let fields = headers.values(named: "Set-Cookie")
        guard !fields.isEmpty, let target = try? RequestTarget(url) else { return }
        let path = Self.path(of: target.pathAndQuery(of: url))
        for field in fields {
            guard let cookie = Self.cookie(field, host: target.bareHost.lowercased(), path: path, at: now) else {
                continue
            }
            cookies.withLock { cookies in
                let known = cookies.firstIndex { $0.isReplaced(by: cookie) }
                if let end = cookie.end, end <= now {
                    if let known { cookies.remove(at: known) }
                } else if let known {
                    cookies[known] = cookie
                } else {
                    if cookies.count >= Self.maximumCookies { cookies.removeFirst() }
                    cookies.append(cookie)
                }
                var size = cookies.reduce(0) { $0 + $1.size }
                while size > Self.maximumTotalBytes { size -= cookies.removeFirst().size }
            }
        }
    }

    // MARK: Reading

    /// Reads `name=value; Path=/; Secure`; nil for what is no cookie of this host.
    private static func cookie(_ field: String, host: String, path: String, at now: Timestamp) -> Cookie? {
        let parts = field.split(separator: ";", omittingEmptySubsequences: false)
        let (name, value) = pair(parts[0])
        guard let value, !name.isEmpty, name.utf8.count + value.utf8.count <= maximumBytes,
            !field.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
        else { return nil }
        var (domain, isForHostOnly, cookiePath, isSecure) = (host, true, defaultPath(path), false)
        var expiry: Timestamp?
        var end: Timestamp?
        for part in parts.dropFirst() {
            let (name, value) = pair(part)
            let text = value ?? ""
            switch name.lowercased() {
            case "domain" where !text.isEmpty:
                let wanted = (text.hasPrefix(".") ? String(text.dropFirst()) : text).lowercased()
                if wanted == host {
                    isForHostOnly = isAddress(host)
                } else {
                    guard wanted.contains("."), !isAddress(host), isHost(host, within: wanted) else { return nil }
                    isForHostOnly = false
                }
                domain = wanted
            case "path": cookiePath = text.hasPrefix("/") ? text : defaultPath(path)
            case "secure": isSecure = true
            case "max-age":
                if let seconds = Int64(text) {
                    end = seconds > 0 ? now + .seconds(min(seconds, 400 * 86_400)) : Timestamp(microseconds: 0)
                }
            case "expires":
                let words = text.split(separator: "-", omittingEmptySubsequences: false)
                expiry = Timestamp(httpDate: words.joined(separator: " "))
            default: break
            }
        }
        return Cookie(
            name: name, value: value, domain: domain, isForHostOnly: isForHostOnly, path: cookiePath,
            isSecure: isSecure, end: end ?? expiry)
    }

    /// What stands before and behind the first equals sign, without white space around it.
    private static func pair(_ text: Substring) -> (name: String, value: String?) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0].trimmingWhitespace), parts.count > 1 ? String(parts[1].trimmingWhitespace) : nil)
    }

    private static func path(of target: String) -> String { String(target.prefix { $0 != "?" }) }

    /// The folder of the request's path: `/a` for `/a/b`.
    private static func defaultPath(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func isPath(_ path: String, below folder: String) -> Bool {
        guard path.hasPrefix(folder) else { return false }
        return path.utf8.count == folder.utf8.count || folder.hasSuffix("/")
            || path.utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/")
    }

    private static func isHost(_ host: String, within domain: String) -> Bool {
        host == domain || host.hasSuffix("." + domain) && !isAddress(host)
    }

    private static func isAddress(_ host: String) -> Bool { SocketAddress(ip: host, port: 0) != nil }
}
