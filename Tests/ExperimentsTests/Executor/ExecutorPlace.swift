import AWS
import Basics
import ChaosActivities
import Foundation
import FunctionRuntime
import JSON
import Logging
import StateStore
import TestSupport
import Transport

@testable import Experiments

/// A chaos executor in this process, with moto as AWS and a bucket of its own.
struct ExecutorPlace: Sendable {
    static let loop = Result { try EventLoop.onOwnThread() }

    let bucket: String
    let variables: [String: String]

    /// - Parameter variables: beside those for moto, the journals and the state.
    init(_ variables: [String: String] = [:]) async throws {
        bucket = SafetyMoto.name("executor")
        try await SafetyMoto.makeBucket(bucket)
        let own = [
            "EXPERIMENT_JOURNALS": "s3://\(bucket)/journals", "EXPERIMENT_STATE": "s3://\(bucket)/state/",
            "EXPERIMENT_METRICS": "off", "AWS_LAMBDA_FUNCTION_NAME": "chaos-executor",
        ]
        self.variables = try MotoServer.shared.get().environment.merging(own) { $1 }.merging(variables) { $1 }
    }

    /// Invokes the function.
    /// - Parameter seconds: what is left of the invocation.
    func invoke(
        _ event: JSONValue, seconds: Int64 = 60, request: String = UUID().uuidString, _ more: [String: String] = [:]
    ) async throws -> JSONValue {
        let loop = try Self.loop.get()
        let executor = try ChaosExecutor(
            environment: Environment(variables.merging(more) { $1 }), loop: loop, registry: ChaosActivities.registry)
        let context = InvocationContext(
            requestID: request, deadline: .now() + .seconds(seconds),
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            })
        return try await withTaskExecutorPreference(loop) {
            let response = try await executor.handle(Array(event.description.utf8), context)
            guard case .bytes(let bytes) = response.body else { return nil }
            return try JSONValue(parsing: bytes)
        }
    }

    func put(_ text: String, _ key: String) async throws {
        _ = try await AWSClient(.s3, configuration: SafetyMoto.aws()).send(
            "PutObject", ["Bucket": .string(bucket), "Key": .string(key)], body: .bytes(Array(text.utf8)))
    }

    /// The keys below a prefix.
    func keys(_ prefix: String) async throws -> [String] {
        let list = try await AWSClient(.s3, configuration: SafetyMoto.aws()).call(
            "ListObjectsV2", ["Bucket": .string(bucket), "Prefix": .string(prefix)])
        return (list["Contents"]?.arrayValue ?? []).compactMap { $0["Key"]?.stringValue }
    }

    func text(_ key: String) async throws -> String {
        let object = try await AWSClient(.s3, configuration: SafetyMoto.aws()).send(
            "GetObject", ["Bucket": .string(bucket), "Key": .string(key)])
        return String(decoding: object.body, as: UTF8.self)
    }

    func journal(_ answer: JSONValue) async throws -> JSONValue {
        let location = answer["journal"]?.stringValue ?? ""
        return try JSONValue(parsing: await text(String(location.dropFirst("s3://\(bucket)/".count))))
    }
}
