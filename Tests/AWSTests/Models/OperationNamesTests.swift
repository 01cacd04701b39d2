import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWS

/// The operations that are called in the sources.
///
/// A wrong name would compile and fail only in the cloud.
struct OperationNamesTests {
    @Test("every operation that the sources call is in the model of its service")
    func sources() throws {
        var calls = 0
        // The engine's own files pass on the names that they are given.
        let engine = ["AWS", "AWSPaginators", "AWSWaiters"].map { "Sources/Cloud/\($0)/" }
        for file in Self.swiftFiles(in: ["Sources", "lambda", "fc", "Benchmarks"])
        where !engine.contains(where: { file.hasPrefix($0) }) {
            let scan = try OperationScan(String(contentsOf: Workspace.root.appending(path: file), encoding: .utf8))
            calls += scan.calls
            for fault in scan.faults { Issue.record("\(file):\(fault)") }
        }
        #expect(calls > 30, "the scan finds the calls")
    }

    @Test(
        "a wrong name is found with its line",
        arguments: [
            (#"let a = try AWSClient(.sns, configuration: c); a.call("Publish", [:])"#, []),
            (
                #"let a = try AWSClient(.sns, configuration: c); a.call("Publsh", [:])"#,
                ["1: sns has no operation Publsh, did you mean Publish?"]
            ),
            (
                "AWSClient(.sns, x)\n.pages(\n\"ListTopic\"",
                ["2: sns has no operation ListTopic, did you mean ListTopics?"]
            ),
            (#"AWSClient(.sns, x).call("GetObject")"#, ["1: sns has no operation GetObject"]),
            (#"AWSClient(.sns, x); AWSClient(.s3, x).call("GetObject")"#, []),
            (#"AWSClient(service, x); call(.kms, "Decrypt")"#, []),
            (
                #"AWSClient(service, x); call(.kms, "Decript")"#,
                ["1: kms has no operation Decript, did you mean Decrypt?"]
            ),
            (#"let client: AWSClient; client.send("PutObject")"#, []),
            (#"let client: AWSClient; client.send("PutObjekt")"#, ["1: no service has the operation PutObjekt"]),
            ("func call(_ operation: String) { AWSClient(.s3, x).call(operation) }", []),
            (#"AdjusterClients; required(ecs, "DescribeServices", [:])"#, []),
            (
                #"AdjusterClients; optional(clients.ecs, "DescribeService", [:])"#,
                ["1: no service has the operation DescribeService"]
            ),
            (
                "AWSClient(.s3, x).call(name)",
                [
                    "1: the name of an operation must be a literal here, or the parameter of a function call(_ operation:)"
                ]
            ),
            ("let operation: OperationDescription; AWSClient(.s3, x).call(operation.name)", []),
            (
                "AWSClient(.s3, x).call(operation.name)",
                [
                    "1: the name of an operation must be a literal here, or the parameter of a function call(_ operation:)"
                ]
            ),
            (#"AWSRequest(service: .sns, operation: "Publish", input: x)"#, []),
            (
                #"AWSRequest(service: .sns, operation: "Publsh", input: x)"#,
                ["1: sns has no operation Publsh, did you mean Publish?"]
            ),
            (#"conversation.send("EHLO")"#, []),
            (#"AWSClient(.ec2, x).wait("instance_stopped")"#, []),
            ("/// scope.wait(\"settle\")\nAWSClient(.sns, x)", []),
            (
                #"AWSClient(.ec2, x).wait("instance_stoped")"#,
                ["1: there is no waiter instance_stoped, did you mean instance_stopped?"]
            ),
            (#"AWSClient(.sns, x).wait("instance_stopped")"#, ["1: there is no waiter instance_stopped"]),
        ] as [(String, [String])])
    func faults(text: String, faults: [String]) throws {
        #expect(try OperationScan(text).faults == faults)
    }

    private static func swiftFiles(in folders: [String]) -> [String] {
        folders.flatMap { folder in
            let path = Workspace.root.appending(path: folder).path
            let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
            return files.filter { $0.hasSuffix(".swift") }.map { folder + "/" + $0 }
        }
    }
}

/// The AWS calls in one Swift source.
///
/// Functions that wrap a client have the client's names: `call`, `send`, `pages`, `presignedURL`; the Fargate
/// adjuster's are `required` and `optional`, with the client before the name.
private struct OperationScan {
    private(set) var calls = 0
    /// Each with its line in front.
    private(set) var faults: [String] = []

    init(_ text: String) throws {
        // The client's own files pass names on.
        guard ["AWSClient", "AdjusterClients", "AWSRequest("].contains(where: text.contains),
            !text.contains("final class AWSClient"), !text.contains("extension AWSClient")
        else { return }
        // Without comments, which may show other calls; lines keep their numbers.
        let text = text.replacing(#/(?m)^\s*//.*$/#, with: "")
        let named = text.matches(of: /AWSClient\(\s*\.(\w+)/).map { String($0.1) }
        let calls = text.matches(
            of:
                /(?:call|send|pages|items|fullResult|presignedURL|required|optional)\(\s*(?:\.(\w+),\s*|[a-z][\w.]*,\s*)?"([A-Z]\w*)"/
        )
        // The notifier's outputs say what their sender calls.
        let requests = text.matches(of: /service:\s*\.(\w+),\s*operation:\s*"([A-Z]\w*)"/)
        self.calls = calls.count + requests.count
        for request in requests {
            guard let reason = try Self.fault(String(request.2), in: [String(request.1)]) else { continue }
            faults.append("\(Self.line(of: request.range.lowerBound, in: text)): \(reason)")
        }
        for call in calls {
            let services = call.1.map { [String($0)] } ?? named
            guard let reason = try Self.fault(String(call.2), in: services) else { continue }
            faults.append("\(Self.line(of: call.range.lowerBound, in: text)): \(reason)")
        }
        for call in text.matches(of: /\.(?:call|pages|fullResult|presignedURL)\(\s*([a-z][\w.]*)/) {
            // The name was taken from the model.
            if call.1 == "operation.name", text.contains(": OperationDescription") { continue }
            if call.1 == "request.operation", text.contains("request: AWSRequest") { continue }
            if call.1 == "operation", text.contains(/func \w+\([^)]* operation: String/) { continue }
            let reason =
                "the name of an operation must be a literal here, or the parameter of a function call(_ operation:)"
            faults.append("\(Self.line(of: call.range.lowerBound, in: text)): \(reason)")
        }
        for wait in text.matches(of: /\.wait\(\s*"(\w+)"/) {
            let models = TestModel.allCases.filter { named.isEmpty || named.contains("\($0)") }
            let names = try models.flatMap { try $0.model().waiters().keys }
            if names.contains(String(wait.1)) { continue }
            let hint = names.nearest(to: String(wait.1)).map { ", did you mean \($0)?" } ?? ""
            faults.append("\(Self.line(of: wait.range.lowerBound, in: text)): there is no waiter \(wait.1)\(hint)")
        }
    }

    /// - Parameter services: the constants of `AWSService` that the call may mean; empty when they are not known.
    private static func fault(_ operation: String, in services: [String]) throws -> String? {
        let models = TestModel.allCases.filter { services.isEmpty || services.contains("\($0)") }
        let names = try models.flatMap { try $0.model().operationNames }
        if names.contains(operation) { return nil }
        guard !services.isEmpty else { return "no service has the operation \(operation)" }
        let hint = names.nearest(to: operation).map { ", did you mean \($0)?" } ?? ""
        return "\(services.joined(separator: " or ")) has no operation \(operation)\(hint)"
    }

    private static func line(of place: String.Index, in text: String) -> Int {
        1 + text[..<place].count { $0.isNewline }
    }
}
