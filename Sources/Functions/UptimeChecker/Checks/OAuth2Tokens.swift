import AWS
import Basics
import JSON
import Transport

/// Bearer tokens of the OAuth 2 client credentials flow (RFC 6749, section 4.4), kept until shortly before they expire.
final class OAuth2Tokens: Sendable {
    /// Whose token it is, and the way to get it.
    private struct Account: Hashable, Sendable {
        var settings: OAuth2Settings
        var client: ClientSettings
        var allowed: Set<AddressClass>

        init(_ settings: OAuth2Settings, _ endpoint: Endpoint) {
            self.settings = settings
            client = endpoint.client
            allowed = endpoint.allowedAddresses
            // These differ among endpoints that may well share a token.
            client.timeout = .seconds(10)
            client.ignoresRedirect = false
        }
    }

    private let tokens: SharedCache<Account, String>

    init(http: HTTPClient, lookup: HostLookup, time: TimeSource) {
        tokens = SharedCache(loop: lookup.loop, time: time, failureLifetime: .seconds(10)) { account in
            // Most take the name and secret in a header, some only in the form, and RFC 6749 section 2.3.1 allows both.
            var response = try await http.execute(Self.request(account, inHeader: true, lookup))
            if response.status == 400 || response.status == 401 {
                response = try await http.execute(Self.request(account, inHeader: false, lookup))
            }
            return try Self.token(in: response)
        }
    }

    /// The token of an endpoint; `nil` when it uses none.
    func token(for endpoint: Endpoint, _ budget: TimeBudget) async throws(CheckFailure) -> String? {
        guard let settings = endpoint.client.oauth2 else { return nil }
        do {
            return try await tokens.value(Account(settings, endpoint), within: budget.remaining)
        } catch {
            let place = WebURL(settings.tokenURL)?.host ?? "the token URL"
            throw CheckFailure("no OAuth 2 token from \(place): ", of: error)
        }
    }

    /// Drops the token of an endpoint that does not take it.
    func forget(for endpoint: Endpoint) {
        if let settings = endpoint.client.oauth2 { tokens.forget(Account(settings, endpoint)) }
    }

    private static func request(
        _ account: Account, inHeader: Bool, _ lookup: HostLookup
    ) async throws -> HTTPRequest {
        let settings = account.settings
        var form = [("grant_type", "client_credentials"), ("scope", settings.scopes.joined(separator: " "))]
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

    /// Kept for nine tenths of its life, five minutes when the server does not tell how long that is.
    private static func token(in response: HTTPResponse) throws -> SharedCache<Account, String>.Fetched {
        let answer = try? JSONValue(parsing: response.body)
        guard response.status == 200, let token = answer?["access_token"]?.stringValue, !token.isEmpty else {
            // Of the answer only the code (RFC 6749, section 5.2): its other fields may repeat what was sent.
            let code = answer?["error"]?.stringValue.map { " (\($0.prefix(60)))" } ?? ""
            throw CheckFailure("it answered \(response.status)\(code) without an access_token")
        }
        let life = answer?["expires_in"]
        let seconds = life?.doubleValue ?? life?.stringValue.flatMap(Double.init) ?? 300
        return .init(value: token, lifetime: .seconds(max(0, min(seconds, 86_400)) * 0.9))
    }

    private static func formEncoded(_ text: String) -> String { percentEncoded(text, spaceAsPlus: true) }
}
