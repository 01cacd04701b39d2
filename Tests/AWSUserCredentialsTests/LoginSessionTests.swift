import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWSUserCredentials

/// Credentials of `aws login`, in the file that the AWS CLI keeps.
struct LoginSessionTests {
    private static let session = "arn:aws:iam::123456789012:user/me"
    private static let file = ".aws/login/cache/\(Digest.sha256Hex(session)).json"

    private static func person(
        in folder: URL, expires seconds: Int, key: String, answer: @escaping @Sendable (ServerRequest) -> Reply
    ) throws -> Person {
        let person = try Person(in: folder, config: "[profile p]\nlogin_session = \(session)", answer: answer)
        let document: JSONObject = [
            "accessToken": [
                "accessKeyId": "CACHED", "secretAccessKey": "cached-secret", "sessionToken": "cached-session",
                "accountId": "123456789012", "expiresAt": .string(Timestamp.text(seconds)),
            ],
            "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device",
            "refreshToken": "the-refresh-token", "idToken": "id", "dpopKey": .string(key),
        ]
        try person.write(JSONValue.object(document).description, to: file)
        return person
    }

    private static let renewed = Reply.http(
        200,
        body: """
            {"accessToken":{"accessKeyId":"NEW","secretAccessKey":"new-secret","sessionToken":"new-session"},
            "tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"next-refresh-token"}
            """)

    private static func newKey(in folder: URL) throws -> String {
        let path = folder.appending(path: "key.pem").path
        let result = try Command.run(
            "openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path])
        try #require(result.status == 0, "\(result.errors)")
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test(
        "credentials are renewed from 5 minutes before their expiry",
        arguments: [(330, "CACHED"), (270, "NEW"), (-60, "NEW")])
    func renewal(seconds: Int, id: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let key = try Self.newKey(in: folder)
            let person = try Self.person(in: folder, expires: seconds, key: key) { _ in Self.renewed }
            let credentials = try await person.credentials().credentials()
            #expect(credentials.accessKeyID == id)
            guard id == "NEW" else {
                #expect(person.server.requests.isEmpty)
                return
            }
            #expect(credentials.sessionToken == "new-session")
            let request = try #require(person.server.requests.first)
            #expect(request.method == "POST")
            #expect(request.target == "/v1/token")
            let body = try JSONValue(parsing: request.text)
            #expect(
                body == [
                    "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "the-refresh-token",
                    "grantType": "refresh_token",
                ])
            let saved = try person.read(Self.file)
            #expect(saved["refreshToken"] == "next-refresh-token")
            #expect(saved["accessToken"]?["accessKeyId"] == "NEW")
            #expect(saved["accessToken"]?["accountId"] == "123456789012")
            #expect(saved["idToken"] == "id")
            #expect(saved["dpopKey"]?.stringValue == key)
            // The next program takes them from there.
            #expect(try await person.credentials().credentials().accessKeyID == "NEW")
            #expect(person.server.requests.count == 1)
        }
    }

    @Test(
        "the proof of possession is a JWT that the public key in it verifies",
        .enabled(if: Workspace.hasPython, "it is verified by Python's cryptography: run ./build.sh setup"))
    func proof() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let key = try Self.newKey(in: folder)
            let proof = try #require(ProofKey(pem: key)).proof(
                of: "https://eu-central-1.signin.aws.amazon.com/v1/token",
                at: Timestamp(secondsSinceEpoch: 1_800_000_000.7))
            let script = """
                import base64, json, sys
                from cryptography.hazmat.primitives import hashes, serialization
                from cryptography.hazmat.primitives.asymmetric import ec, utils
                token, pem = json.load(sys.stdin)
                raw = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
                number = lambda text: int.from_bytes(raw(text), "big")
                head, claims, signature = token.split(".")
                header = json.loads(raw(head))
                jwk, signature = header.pop("jwk"), raw(signature)
                assert len(raw(jwk["x"])) == len(raw(jwk["y"])) == 32 and len(signature) == 64 and "=" not in token
                public = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1())
                assert public == serialization.load_pem_private_key(pem.encode(), None).public_key().public_numbers()
                der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
                public.public_key().verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
                print(json.dumps([header, jwk["kty"], jwk["crv"], json.loads(raw(claims))]))
                """
            let result = try Command.run(
                Workspace.python, ["-c", script], input: JSONValue.array([.string(proof), .string(key)]).description)
            let answer = try #require(try? JSONValue(parsing: result.output), "\(result.errors)")
            #expect(answer[0] == ["typ": "dpop+jwt", "alg": "ES256"])
            #expect(answer[1] == "EC")
            #expect(answer[2] == "P-256")
            #expect(answer[3]?["htm"] == "POST")
            #expect(answer[3]?["htu"] == "https://eu-central-1.signin.aws.amazon.com/v1/token")
            #expect(answer[3]?["iat"] == 1_800_000_000)
            #expect(answer[3]?["jti"]?.stringValue?.count == 36)
        }
    }

    @Test(
        "a sign-in that is over is an error that names the command, and shows no secret",
        arguments: [
            (#"{"error":"TOKEN_EXPIRED","message":"m"}"#, "the sign-in is over"),
            (#"{"error":"USER_CREDENTIALS_CHANGED"}"#, "the person's credentials have changed"),
            (#"{"error":"INSUFFICIENT_PERMISSIONS"}"#, "signin:CreateOAuth2Token"),
            (#"{"error":"ODD"}"#, "AWS Sign-In answered 403 ODD"), ("the-refresh-token", "AWS Sign-In answered 403"),
        ])
    func signInIsOver(body: String, reason: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let key = try Self.newKey(in: folder)
            for seconds in [-1, 120] {
                let person = try Self.person(in: folder, expires: seconds, key: key) { _ in .http(403, body: body) }
                let credentials = try person.credentials()
                guard seconds < 0 else {
                    #expect(try await credentials.credentials().accessKeyID == "CACHED", "it still works")
                    continue
                }
                let error = await #expect(throws: AWSError.self) { try await credentials.credentials() }
                let text = "\(String(describing: error))"
                #expect(text.contains("profile p: its sign-in expired at "))
                #expect(text.contains(reason), "\(text)")
                #expect(text.contains("run aws login --profile p"))
                for secret in ["the-refresh-token", "cached-secret", "cached-session", "PRIVATE"] {
                    #expect(!text.contains(secret), "\(text)")
                }
            }
        }
    }

    @Test(
        "a cache without a sign-in, or with a key that is none, is an error that names the command",
        arguments: [
            "missing", "{}", "not json", "bad key",
        ])
    func unusableCache(content: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.person(in: folder, expires: -1, key: "no key") { _ in Self.renewed }
            if content == "missing" {
                try FileManager.default.removeItem(at: person.home.appending(path: Self.file))
            } else if content != "bad key" {
                try person.write(content, to: Self.file)
            }
            let error = await #expect(throws: AWSError.self) { try await person.credentials().credentials() }
            #expect(error?.message.contains("run aws login --profile p") == true, "\(String(describing: error))")
            #expect(person.server.requests.isEmpty)
        }
    }
}
