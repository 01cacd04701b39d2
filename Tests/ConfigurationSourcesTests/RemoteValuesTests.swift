import AWS
import Basics
import Configuration
import JSON
import TestSupport
import Testing
import ConfigurationSources
import Transport

/// Secrets from moto's KMS, Systems Manager and Secrets Manager.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct RemoteValuesTests {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let aws: @Sendable () throws -> AWSConfiguration = {
        try AWSConfiguration(
            environment: MotoServer.shared.get().environment, loop: loop.get()
        )
    }

    private func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
        try await AWSClient(service, configuration: Self.aws()).call(operation, input)
    }

    private func fetch(_ text: String, functionName: String? = nil) async throws -> String {
        try await RemoteValues.aws(functionName: functionName, Self.aws)
            .secret(SecretReference(text), .now() + .seconds(10))
    }

    @Test(arguments: [([:], nil, ""), (["LambdaFunctionName": "notifier"], "notifier", ""), (["a": "b"], nil, "#a=b")])
    func encrypted(context: [String: String], functionName: String?, suffix: String) async throws {
        let key = try await call(.kms, "CreateKey", [:])["KeyMetadata"]?["KeyId"] ?? .null
        let blob =
            try await call(
                .kms, "Encrypt",
                [
                    "KeyId": key, "Plaintext": .string(Base64.encode(Array("https://hooks.example/x".utf8))),
                    "EncryptionContext": .object(JSONObject(context.map { ($0, .string($1)) })),
                ])["CiphertextBlob"]?.stringValue ?? ""
        #expect(try await fetch("kms:\(blob)\(suffix)", functionName: functionName) == "https://hooks.example/x")
        if !context.isEmpty {
            let error = await #expect(throws: SecretError.self) { try await fetch("kms:\(blob)") }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(blob) == false)
        }
    }

    @Test func parameter() async throws {
        _ = try await call(
            .ssm, "PutParameter", ["Name": "/notifier/url", "Value": "https://a.example", "Type": "SecureString"])
        #expect(try await fetch("ssm:/notifier/url") == "https://a.example")
        let error = await #expect(throws: SecretError.self) { try await fetch("ssm:/notifier/missing") }
        #expect(error?.message.hasPrefix("the parameter /notifier/missing cannot be fetched: ssm GetParameter") == true)
    }

    @Test func managed() async throws {
        _ = try await call(
            .secretsManager, "CreateSecret",
            ["Name": "notifier/slack", "SecretString": #"{"token":"xoxb-1","empty":"","number":5}"#])
        #expect(try await fetch("secretsmanager:notifier/slack#token") == "xoxb-1")
        #expect(try await fetch("secretsmanager:notifier/slack").hasPrefix(#"{"token""#))
        for key in ["empty", "number", "missing"] {
            let error = await #expect(throws: SecretError.self) {
                try await fetch("secretsmanager:notifier/slack#\(key)")
            }
            #expect(error?.message.hasPrefix("the secret notifier/slack, key \(key) is missing or empty") == true)
            #expect(error?.message.contains("xoxb-1") == false)
        }
    }
}
