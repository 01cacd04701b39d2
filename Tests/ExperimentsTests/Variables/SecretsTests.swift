import Basics
import ConfigurationSources
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Experiments

/// A Vault that knows `secret/app` in both versions of the key-value store.
private func startVault() throws -> ScriptedServer {
    try ScriptedServer { request in
        let isOpen = request["X-Vault-Token"] == "root-token"
        switch (request.method, request.target) {
        case ("GET", "/v1/secret/data/my%20app"), ("GET", "/v1/kv2/data/my%20app"):
            guard isOpen else { return .http(403, body: #"{"errors":["permission denied"]}"#) }
            return .http(200, body: #"{"data":{"data":{"password":"s3cret!","port":5432},"metadata":{"version":1}}}"#)
        case ("GET", "/v1/secret/my%20app"):
            guard isOpen else { return .http(403, body: #"{"errors":["permission denied"]}"#) }
            return .http(200, body: #"{"data":{"password":"v1-s3cret"}}"#)
        case ("POST", "/v1/auth/approle/login") where request.text == #"{"role_id":"r","secret_id":"approle-secret"}"#,
            ("POST", "/v1/auth/kubernetes/login") where request.text == #"{"role":"app","jwt":"jwt-text"}"#:
            return .http(200, body: #"{"auth":{"client_token":"root-token"}}"#)
        case ("POST", _): return .http(400, body: #"{"errors":["invalid role or secret ID"]}"#)
        default: return .http(404, body: #"{"errors":[]}"#)
        }
    }
}

private let loop = Result { try EventLoop.onOwnThread() }

@Suite struct SecretsTests {
    private func resolve(
        _ declaration: JSONObject, _ configuration: JSONObject = [:], environment: [String: String] = [:],
        aws: RemoteValues? = nil
    ) async throws -> ResolvedVariables {
        let http = HTTPClient(loop: try loop.get())
        return try await SecretResolver(environment: environment, remote: .init(http: http, aws: aws))
            .secrets(of: declaration, configuration: configuration)
    }

    private let vaulted: JSONObject = [
        "db": [
            "all": ["type": "vault", "path": "my app"], "one": ["type": "vault", "path": "/my app", "key": "password"],
        ]
    ]

    @Test("secrets come from both versions of Vault's store, and one login serves them all")
    func vaultVersions() async throws {
        let server = try startVault()
        let second = try await resolve(
            vaulted,
            ["vault_addr": .string(server.url + "/"), "vault_role_id": "r", "vault_role_secret": "approle-secret"])
        #expect(second.values == ["db": ["all": ["password": "s3cret!", "port": 5432], "one": "s3cret!"]])
        #expect(server.requests.filter { $0.method == "POST" }.count == 1)
        let first = try await resolve(
            vaulted, ["vault_addr": .string(server.url), "vault_token": "root-token", "vault_kv_version": 1])
        #expect(first.values["db"]?["one"] == "v1-s3cret")
        let other = try await resolve(
            ["db": ["type": "vault", "path": "my app", "key": "port"]], ["vault_secrets_mount_point": "kv2"],
            environment: ["VAULT_ADDR": server.url, "VAULT_TOKEN": "root-token"])
        #expect(other.values == ["db": 5432])
    }

    @Test("a pod logs in with its service account")
    func serviceAccount() async throws {
        let server = try startVault()
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "token")
            try Data("jwt-text".utf8).write(to: file)
            let configuration: JSONObject = [
                "vault_addr": .string(server.url), "vault_sa_role": "app", "vault_sa_token_path": .string(file.path),
            ]
            #expect(try await resolve(vaulted, configuration).values["db"]?["one"] == "s3cret!")
        }
    }

    @Test(
        "what Vault refuses is a fault of each secret, and no secret is in the message",
        arguments: [
            (["vault_token": "wrong-token"], "permission denied"),
            (["vault_role_id": "r", "vault_role_secret": "wrong-token"], "invalid role or secret ID"),
            (["vault_token": "root-token", "vault_secrets_mount_point": "none"], "HTTP 404"),
            (["vault_sa_role": "app", "vault_sa_token_path": "/nowhere"], "/nowhere"),
        ] as [(JSONObject, String)])
    func vaultFaults(configuration: JSONObject, reason: String) async throws {
        let server = try startVault()
        var configuration = configuration
        configuration["vault_addr"] = .string(server.url)
        let faults = try await resolve(vaulted, configuration).faults
        #expect(faults.map(\.path) == ["secrets.db.all", "secrets.db.one"])
        #expect(faults.allSatisfy { $0.message.contains(reason) }, "\(faults)")
        #expect(!faults.contains { $0.message.contains("wrong-token") })
    }

    @Test("secrets of AWS and of files have types of their own")
    func ownTypes() async throws {
        let asked = Mutex<[SecretReference]>([])
        let aws = RemoteValues(
            object: { _, _, _ in [] }, parameter: { _, _ in "" },
            secret: { reference, _ in
                asked.withLock { $0.append(reference) }
                if case .managed = reference {
                    throw SecretError(.unavailable, "the secret app cannot be fetched: denied")
                }
                return "value"
            })
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "token")
            try Data("file-token\n".utf8).write(to: file)
            let resolved = try await resolve(
                [
                    "s": [
                        "a": ["type": "ssm", "name": "/app/key"],
                        "b": ["type": "secretsmanager", "id": "app", "key": "k"],
                        "c": ["type": "kms", "ciphertext": "AQ==", "context": ["a": "b"]],
                        "d": ["type": "file", "path": .string(file.path)], "e": ["type": "ssm"],
                    ]
                ], aws: aws)
            #expect(resolved.values == ["s": ["a": "value", "c": "value", "d": "file-token"]])
            #expect(resolved.faults.map(\.path) == ["secrets.s.b", "secrets.s.e.name"])
        }
        #expect(
            asked.withLock { $0 } == [
                .parameter("/app/key"), .managed(id: "app", key: "k"), .encrypted(base64: "AQ==", context: ["a": "b"]),
            ])
    }

    @Test("a validation fetches nothing, and knows the names of the secrets all the same")
    func validation() async throws {
        let resolver = SecretResolver(environment: [:], remote: nil)
        let resolved = try await resolver.secrets(
            of: [
                "s": ["a": ["type": "vault", "path": "x"], "b": ["type": "ssm", "name": "y"], "c": ["type": "vault"]]
            ],
            configuration: [:])
        #expect(resolved.values == ["s": ["a": "***", "b": "***"]])
        #expect(resolved.faults.map(\.path) == ["secrets.s.c.path"])
    }
}

@Suite struct SecretValuesTests {
    private let secrets = SecretValues(
        secrets: ["k8s": ["token": "t0p-s3cret/é", "pin": 482_913, "verify": "false", "short": "abc"]],
        configuration: ["vault_token": "hvs.vault", "host": "web.example"])

    @Test(
        "secrets are hidden wherever they stand, in other encodings too, and nothing else is",
        arguments: [
            ("token=t0p-s3cret/é.", "token=***."), ("dDBwLXMzY3JldC/DqQ==", "***"),
            ("a t0p-s3cret/\\u00e9 b", "a *** b"),
            ("code 482913", "code ***"), ("hvs.vault", "***"), ("false abc web.example", "false abc web.example"),
            ("t0p-s3cret", "t0p-s3cret"),
        ])
    func texts(text: String, expected: String) {
        #expect(secrets.masked(text) == expected)
    }

    @Test("values are hidden in keys, lists and numbers")
    func values() {
        let value: JSONValue = ["t0p-s3cret/é": [482_913, 200, ["a": "x hvs.vault"]], "b": nil]
        #expect(secrets.masked(value) == ["***": ["***", 200, ["a": "x ***"]], "b": nil])
    }

    @Test("in a document inline secrets are hidden however short, and look-ups stay readable")
    func document() {
        let document: JSONObject = [
            "title": "uses abc and t0p-s3cret/é", "configuration": ["vault_token": "x", "a": "b"],
            "secrets": ["k8s": ["token": "abc", "flag": true, "env": ["type": "env", "key": "NAME"]]],
        ]
        #expect(
            secrets.masked(document: document) == [
                "title": "uses abc and ***", "configuration": ["vault_token": "***", "a": "b"],
                "secrets": ["k8s": ["token": "***", "flag": "***", "env": ["type": "env", "key": "NAME"]]],
            ])
    }

    @Test("without secrets nothing is changed")
    func none() {
        #expect(SecretValues(secrets: [:]).isEmpty)
        #expect(SecretValues(secrets: [:]).masked("anything") == "anything")
    }
}
