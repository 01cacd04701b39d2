import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// Every operation of every model against botocore, with generated inputs and responses.
@Suite(.enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"))
struct OracleTests {
    /// The idempotency token that the script uses too.
    static let token = "00000000-0000-4000-8000-000000000000"

    /// How many requests and outputs are made for an operation; half as many faults, a quarter of invalid inputs.
    ///
    /// Fewer for the operations of large services. `ORACLE_COUNT=40 ./build.sh test --filter OracleTests` makes 40 for
    /// each: do that after a change of the protocols or of botocore.
    private func count(_ model: ServiceModel) -> Int {
        if let wide = ProcessInfo.processInfo.environment["ORACLE_COUNT"].flatMap({ Int($0) }) { return wide }
        return max(8, min(40, 1_500 / model.operationNames.count))
    }

    @Test("does what botocore does, and survives damaged responses", arguments: TestModel.allCases)
    func agreesWithBotocore(_ service: TestModel) throws {
        let model = try service.model()
        let cases = try OracleCase.all(of: service.rawValue, model, seed: 1, count: count(model))
        #expect(Set(cases.map(\.operation.name)) == Set(model.operationNames))
        #expect(Set(cases.map(\.kind)) == ["request", "invalid", "output", "fault"])
        for testCase in cases {
            let difference =
                switch testCase.kind {
                case "request": try requestDifference(testCase)
                case "invalid": try invalidDifference(testCase)
                case "output": try outputDifference(testCase, model)
                default: try faultDifference(testCase, model)
                }
            if let difference { Issue.record("\(testCase.operation.name): \(difference)\n\(testCase.line)") }
        }
        var counts: [String: Int] = [:]
        let few = cases.filter { testCase in
            guard testCase.line["response"] != nil else { return false }
            let kind = "\(testCase.operation.name) \(testCase.kind)"
            counts[kind, default: 0] += 1
            return counts[kind, default: 0] <= 2
        }
        try damage(few, model)
    }

    /// Parses responses that are cut, changed or lengthened anywhere: each gives a result or a proper error.
    private func damage(_ cases: [OracleCase], _ model: ServiceModel) throws {
        var random = SeededRandom(7)
        for testCase in cases {
            var response = try testCase.response()
            for _ in 0..<6 where !response.body.isEmpty {
                let place = Int(random.next() % UInt64(response.body.count))
                switch random.next() % 3 {
                case 0: response.body[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: response.body.removeSubrange(place..<min(place + 9, response.body.count))
                default: response.body.insert(contentsOf: response.body[place...].prefix(40), at: place)
                }
                do throws(AWSError) {
                    _ = try model.result(of: testCase.operation, response, testCase.input)
                } catch {
                    #expect(error.localCode == .invalidResponse)
                }
            }
        }
    }

    private func requestDifference(_ testCase: OracleCase) throws -> String? {
        let expected = testCase.expected
        let payload = testCase.line["payload"]?.stringValue.flatMap(Base64.decode)
        let request = try testCase.operation.request(testCase.input, payload: payload) { Self.token }
        if request.method != expected["method"]?.stringValue { return "method \(request.method)" }
        if request.target != expected["target"]?.stringValue { return "target \(request.target)" }
        if request.hostPrefix != expected["hostPrefix"]?.stringValue {
            return "host prefix \(request.hostPrefix ?? "-")"
        }
        for field in request.headers {
            let value = expected["headers"]?[field.name]?.stringValue
            guard value == field.value || value.flatMap(json) == json(field.value) && json(field.value) != nil else {
                return "header \(field.name): \(field.value)"
            }
        }
        if request.headers.count != expected["headers"]?.objectValue?.count { return "headers \(request.headers)" }
        let body = try #require(expected["body"]?.stringValue.flatMap(Base64.decode))
        if request.body == body { return nil }
        if let ours = try? JSONValue(parsing: request.body), ours == (try? JSONValue(parsing: body)) { return nil }
        return
            "body \(String(decoding: request.body, as: UTF8.self)) instead of \(String(decoding: body, as: UTF8.self))"
    }

    /// The JSON in a header of base64; JSON may be spelt in several ways.
    private func json(_ text: String) -> JSONValue? {
        Base64.decode(text).flatMap { try? JSONValue(parsing: $0) }
    }

    private func invalidDifference(_ testCase: OracleCase) throws -> String? {
        do {
            let request = try testCase.operation.request(testCase.input) { Self.token }
            return "accepted as \(request)"
        } catch {
            let expected = (testCase.expected.stringValue ?? "").split(separator: "\n")
            let found = error.message.split(separator: "\n")
            if error.localCode != .invalidParameter { return "\(error)" }
            for (theirs, ours) in zip(expected, found) {
                // The names of types are each language's own.
                let same =
                    theirs.hasPrefix("Invalid type")
                    ? ours.split(separator: ",").first == theirs.split(separator: ",").first : ours == theirs
                if !same { return "\(ours) instead of \(theirs)" }
            }
            return expected.count == found.count ? nil : "\(error.message) instead of \(expected)"
        }
    }

    private func outputDifference(_ testCase: OracleCase, _ model: ServiceModel) throws -> String? {
        let output = try model.result(of: testCase.operation, testCase.response(), testCase.input).get()
        if .object(output.value) != testCase.expected["value"] { return "output \(output.value)" }
        if .object(output.metadata) != testCase.expected["metadata"] { return "metadata \(output.metadata)" }
        let payload = testCase.expected["payload"]?.stringValue.flatMap(Base64.decode)
        return output.payload == payload ? nil : "payload \(output.payload ?? [])"
    }

    private func faultDifference(_ testCase: OracleCase, _ model: ServiceModel) throws -> String? {
        let expected = testCase.expected
        guard case .failure(let fault) = try model.result(of: testCase.operation, testCase.response(), [:]) else {
            return "taken for a success"
        }
        if JSONValue(fault.status) != expected["status"] { return "status \(fault.status)" }
        // botocore gives no answer where it threw, and no code for an HTML page.
        guard let error = expected["error"], let code = error["Code"]?.stringValue, !code.isEmpty else {
            return fault.code.isEmpty ? "no code" : nil
        }
        // botocore flattens nested members of an error that are not in the model; they are not compared.
        for (name, value) in error.objectValue ?? [:] where value.objectValue == nil && fault.error[name] != value {
            return "error \(fault.error)"
        }
        if Set(fault.error.keys) != Set(error.objectValue?.keys ?? []) { return "error \(fault.error)" }
        if fault.code != code { return "code \(fault.code)" }
        if let id = expected["requestID"]?.stringValue, id != fault.requestID {
            return "request id \(fault.requestID ?? "-")"
        }
        if let members = expected["members"], members != .object(fault.members) { return "members \(fault.members)" }
        return nil
    }
}
