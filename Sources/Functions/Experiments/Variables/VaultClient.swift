import Basics
import JSON
import Transport

/// Reads secrets of HashiCorp Vault's key-value store, versions 1 and 2, over its HTTP API.
///
/// The settings are the configuration's, as Chaos Toolkit has them: `vault_addr` (else `VAULT_ADDR`), then
/// `vault_token` or `vault_role_id` and `vault_role_secret` or `vault_sa_role` (else `VAULT_TOKEN`), `vault_kv_version`
/// (2) and `vault_secrets_mount_point` (`secret`). Source: developer.hashicorp.com/vault/api-docs.
final class VaultClient: Sendable {
    private let address: String
    private let configuration: JSONObject
    private let environment: [String: String]
    private let http: any HTTPExecuting
    /// The token, once it was asked for: one login serves all secrets.
    private let token = Locked<String?>(nil)

    private static let serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"

    init(_ configuration: JSONObject, environment: [String: String], http: any HTTPExecuting) {
        self.configuration = configuration
        self.environment = environment
        self.http = http
        let address = configuration["vault_addr"]?.stringValue ?? environment["VAULT_ADDR"] ?? "http://localhost:8200"
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    /// The members of a secret, or one of them.
    /// - Throws: `ExperimentError.configuration`, without any secret.
    func secret(_ path: String, key: String?) async throws -> JSONValue {
        let mount = setting("vault_secrets_mount_point") ?? "secret"
        let isFirstVersion = configuration["vault_kv_version"].map(Python.str) == "1"
        let name = path.split(separator: "/").joined(separator: "/")
        let answer = try await send(
            "GET", "\(mount)/\(isFirstVersion ? "" : "data/")\(name)", token: try await currentToken(),
            "the secret \(path) of Vault cannot be read")
        let data = isFirstVersion ? answer["data"] : answer["data"]?["data"]
        guard let data, !data.isNull else { throw failure("there is no secret \(path) in Vault") }
        guard let key else { return data }
        guard let value = data[key] else { throw failure("the secret \(path) of Vault has no key \(key)") }
        return value
    }

    private func setting(_ key: String) -> String? { configuration[key]?.stringValue }

    private func failure(_ message: String) -> ExperimentError { ExperimentError(.configuration, message) }

    private func currentToken() async throws -> String? {
        if let known = token.withLock({ $0 }) { return known }
        let token = try await newToken()
        self.token.withLock { $0 = token }
        return token
    }

    private func newToken() async throws -> String? {
        if let token = setting("vault_token") { return token }
        if let role = setting("vault_role_id"), let secret = setting("vault_role_secret") {
            return try await login(
                "approle", ["role_id": .string(role), "secret_id": .string(secret)], "AppRole \(role)")
        }
        if let role = setting("vault_sa_role") {
            let file = setting("vault_sa_token_path").flatMap { $0.isEmpty ? nil : $0 } ?? Self.serviceAccountToken
            let token: [UInt8]
            do throws(SystemError) { token = try contents(ofFile: file, limit: 1 << 20) } catch {
                throw failure("the service account's token \(file) cannot be read: \(error)")
            }
            let mount = setting("vault_k8s_mount_point") ?? "kubernetes"
            let text = JSONValue.string(String(decoding: token, as: UTF8.self))
            return try await login(mount, ["role": .string(role), "jwt": text], "service account role \(role)")
        }
        if let token = environment["VAULT_TOKEN"] { return token }
        let file = environment["HOME"].map { $0 + "/.vault-token" }
        let bytes = file.flatMap { try? contents(ofFile: $0, limit: 1 << 16) }
        return bytes.map { String(String(decoding: $0, as: UTF8.self).trimmingWhitespace) }
    }

    private func login(_ mount: String, _ body: JSONValue, _ what: String) async throws -> String {
        let message = "Vault refuses the login with the \(what)"
        let answer = try await send("POST", "auth/\(mount)/login", body: body, message)
        guard let token = answer["auth"]?["client_token"]?.stringValue else {
            throw failure("\(message): the answer has no token")
        }
        return token
    }

    private func send(
        _ method: String, _ path: String, token: String? = nil, body: JSONValue? = nil, _ message: String
    ) async throws -> JSONValue {
        var request = HTTPRequest(
            method, "\(address)/v1/\(percentEncoded(path, keeping: "/"))", totalTimeout: .seconds(30))
        request.headers.set("X-Vault-Request", "true")
        if let token { request.headers.set("X-Vault-Token", token) }
        if let body {
            request.headers.set("Content-Type", "application/json")
            request.body = .bytes(body.serialized())
        }
        let response: HTTPResponse
        do { response = try await http.execute(request) } catch let error as CancellationError { throw error } catch {
            throw failure("\(message): \(address) cannot be reached: \(error)")
        }
        let answer = (try? JSONValue(parsing: response.body)) ?? .null
        guard response.status == 200 else {
            // Vault's own texts, such as `permission denied`.
            let reasons = (answer["errors"]?.arrayValue ?? []).compactMap(\.stringValue).prefix(3)
            let reason = reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ").prefix(200)))"
            throw failure("\(message): HTTP \(response.status)\(reason)")
        }
        return answer
    }
}
