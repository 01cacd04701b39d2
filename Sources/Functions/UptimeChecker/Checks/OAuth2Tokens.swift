import Basics
import JSON
import Transport

/// Bearer tokens from the OAuth 2 client credentials flow (RFC 6749, section 4.4), cached until shortly before they
/// expire.
///
/// Endpoints with the same settings share a token; a failed request is not repeated for 10 seconds.
final class OAuth2Tokens: Sendable {
    /// The cache key: everything that a token request depends on.
    private struct Account: Hashable, Sendable {
        var settings: OAuth2Settings
        var client: ClientSettings
        var allowed: Set<AddressClass>

        init(_ settings: OAuth2Settings, _ endpoint: Endpoint) {
            self.settings = settings
            client = endpoint.client
            allowed = endpoint.allowedAddresses
            // Not part of the key: endpoints that differ only in these can share a token.
            client.timeout = .seconds(10)
            client.ignoresRedirect = false
        }
    }

    private typealias Tokens = Cache<Account, String>

    private let tokens: Tokens
    private let time: TimeSource

    init(http: HTTPClient, lookup: HostLookup, time: TimeSource) {
        self.time = time
        let policy = Tokens.Policy(failureTimeToLive: .seconds(10))
        // A request has its own limit of 10 seconds, so that it serves endpoints that wait longer than the first one.
        tokens = Cache(time: time, executor: lookup.loop, policy: policy) { account, _ in
            // Most servers take the client's name and secret in a header, some only in the form. RFC 6749, section
            // 2.3.1, allows both.
            var response = try await http.execute(Self.request(account, inHeader: true, lookup))
            if response.status == 400 || response.status == 401 {
                response = try await http.execute(Self.request(account, inHeader: false, lookup))
            }
            let (token, lifetime) = try Self.token(in: response)
            let end = time.now() + lifetime
            return Tokens.Fetched(token, freshUntil: end, usableUntil: end)
        }
    }

    /// The token for an endpoint; nil when the endpoint does not use OAuth 2.
    func token(for endpoint: Endpoint, _ budget: TimeBudget) async throws(CheckError) -> String? {
        guard let settings = endpoint.client.oauth2 else { return nil }
        do {
            return try await tokens.value(Account(settings, endpoint), deadline: time.now() + budget.remaining)
        } catch {
            let place = WebURL(settings.tokenURL)?.host ?? "the token URL"
            throw CheckError("no OAuth 2 token from \(place): ", of: error)
        }
    }

    /// Removes a token that an endpoint has refused, unless another request has replaced it meanwhile.
    func remove(_ token: String, for endpoint: Endpoint) {
        if let settings = endpoint.client.oauth2 { tokens.remove(Account(settings, endpoint)) { $0 == token } }
    }

    private static func request(
        _ account: Account, inHeader: Bool, _ lookup: HostLookup
    ) async throws -> HTTPRequest {
        let settings = account.settings
        var form = [("grant_type", "client_credentials")]
        if !settings.scopes.isEmpty { form.append(("scope", settings.scopes.joined(separator: " "))) }
        for parameter in settings.parameters.sorted(by: { $0.key < $1.key }) {
            form.removeAll { $0.0 == parameter.key }
            form.append((parameter.key, parameter.value))
        }
        if !inHeader { form += [("client_id", settings.clientID), ("client_secret", settings.clientSecret)] }
        var request = try await lookup.request(
            "POST", settings.tokenURL, for: account.client, allowing: account.allowed,
            TimeBudget(account.client.timeout)
        )
        request.headers = [
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
            "User-Agent": Endpoint.userAgent,
        ]
        if inHeader {
            let pair = formEncoded(settings.clientID) + ":" + formEncoded(settings.clientSecret)
            request.headers["Authorization"] = "Basic " + Base64.encode(Array(pair.utf8))
        }
        request.body = .bytes(Array(form.map { "\($0)=\(formEncoded($1))" }.joined(separator: "&").utf8))
        request.maximumResponseBytes = 1 << 20
        return request
    }

    /// The token in an answer, and how long to use it: nine tenths of `expires_in`, or 270 seconds without one.
    private static func token(in response: HTTPResponse) throws -> (token: String, lifetime: Duration) {
        let answer = try? JSONValue(parsing: response.body)
        guard response.status == 200, let token = answer?["access_token"]?.stringValue, !token.isEmpty else {
            // Only the error code (RFC 6749, section 5.2) is shown: other fields may repeat the secret that was sent.
            let code = answer?["error"]?.stringValue.map { " (\($0.prefix(60)))" } ?? ""
            throw CheckError("it answered \(response.status)\(code) without an access_token")
        }
        let life = answer?["expires_in"]
        let seconds = life?.doubleValue ?? life?.stringValue.flatMap(Double.init) ?? 300
        return (token, .seconds(max(0, min(seconds, 86_400)) * 0.9))
    }

    private static func formEncoded(_ text: String) -> String { percentEncoded(text, spaceAsPlus: true) }
}
