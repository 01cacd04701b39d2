internal import Basics
internal import NIOHTTP1

/// Who may see the console and press its buttons.
///
/// The machine may have other users, and the browser may show a hostile page. So:
/// - The `Host` must be a name of loopback with the console's port. A page whose own name was made to point to
///   127.0.0.1 (DNS rebinding) has another one.
/// - The token in the printed address is exchanged for a cookie, which no script reads (`HttpOnly`) and no other site
///   sends (`SameSite=Strict`).
/// - Cookies do not know ports: a server of another user on 127.0.0.1 would get it. So the cookie is for one random
///   path alone, which that server cannot name.
/// - A change must come from the console's own page, by `Origin` or `Sec-Fetch-Site`, with the form token of that page.
struct ConsoleAccess: Sendable {
    /// The token of the printed address, and of scripts.
    let token: String
    /// Where the page is: `/3f…/`.
    let path: String
    /// In each form of the page.
    let formToken: String
    private let cookie: String

    /// - Parameter token: 32 random hexadecimal digits when nil.
    init(token: String? = nil) {
        self.token = token ?? Self.random(bytes: 16)
        path = "/\(Self.random(bytes: 16))/"
        formToken = Self.random(bytes: 16)
        cookie = Self.random(bytes: 16)
    }

    private static func random(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex
    }

    /// Why a request is refused, for people.
    struct Refusal: Error {
        let status: HTTPResponseStatus
        let message: String
    }

    /// What the browser keeps: for this path alone, until it is closed.
    var setCookie: String { "tocsin=\(cookie); Path=\(path); HttpOnly; SameSite=Strict" }

    // MARK: Checks

    /// Refuses a request that was not meant for a name of loopback.
    func checkHost(_ head: HTTPRequestHead, port: Int) throws(Refusal) {
        let hosts = head.headers["host"]
        guard hosts.count == 1, let host = hosts.first?.lowercased(), Self.names(port).contains(host) else {
            throw Refusal(
                status: .misdirectedRequest,
                message: "This console answers only for http://127.0.0.1:\(port). "
                    + "Open the address that the terminal shows.")
        }
    }

    private static func names(_ port: Int) -> [String] {
        ["127.0.0.1", "localhost", "[::1]"].flatMap { port == 80 ? [$0, "\($0):80"] : ["\($0):\(port)"] }
    }

    /// Whether this is the token of the printed address.
    func isToken(_ text: String) -> Bool { Self.isEqual(text, token) }

    /// Refuses a request without the cookie that the token was exchanged for.
    func checkCookie(_ head: HTTPRequestHead) throws(Refusal) {
        let values = head.headers["cookie"].flatMap { $0.split(separator: ";") }.compactMap { pair -> Substring? in
            let text = pair.trimmingWhitespace
            return text.hasPrefix("tocsin=") ? text.dropFirst("tocsin=".utf8.count) : nil
        }
        guard values.contains(where: { Self.isEqual($0, cookie) }) else { throw Self.noToken }
    }

    /// Refuses a script's request without the token.
    func checkBearer(_ head: HTTPRequestHead) throws(Refusal) {
        let fields = head.headers["authorization"]
        let scheme = "bearer "
        guard fields.count == 1, let field = fields.first, field.lowercased().hasPrefix(scheme),
            isToken(String(field.dropFirst(scheme.count)))
        else {
            throw Refusal(
                status: .unauthorized,
                message: "Send the token of the address that the terminal shows: Authorization: Bearer <token>")
        }
    }

    /// Refuses a change that does not come from the console's own page.
    func checkOrigin(_ head: HTTPRequestHead) throws(Refusal) {
        let origins = head.headers["origin"]
        let sites = head.headers["sec-fetch-site"]
        let host = head.headers.first(name: "host") ?? ""
        let isForeign = origins.contains { $0 != "http://\(host)" } || sites.contains { $0 != "same-origin" }
        // A browser says at least one of them with a form; what says neither is no browser.
        guard !isForeign, !(origins.isEmpty && sites.isEmpty) else {
            throw Refusal(
                status: .forbidden,
                message: "Nothing was done: the request did not come from the console's own page, but from "
                    + "\(origins.first.map { Words.line($0, limit: 100) } ?? "somewhere else").")
        }
    }

    /// Refuses a form that this run of the console did not make.
    func checkForm(_ token: String?) throws(Refusal) {
        guard let token, Self.isEqual(token, formToken) else {
            throw Refusal(
                status: .forbidden,
                message: "Nothing was done: the page is from an earlier run of the console. Load it again.")
        }
    }

    static let noToken = Refusal(
        status: .forbidden,
        message: "Open the address that `tocsin up` shows in its terminal. It holds a token that only you can see.")

    /// Compares in a time that does not tell how much is equal.
    private static func isEqual(_ text: some StringProtocol, _ secret: String) -> Bool {
        let (left, right) = (Array(text.utf8), Array(secret.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
