import Basics
import JSON
import TestSupport
import Testing

@testable import AWS
@testable import AWSPaginators

/// Every paginated operation of every shipped service against botocore's paginators, with scripted pages.
@Suite(.enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"))
struct PagesOracleTests {
    @Test("asks for the pages that botocore asks for, and joins them as it does")
    func agrees() throws {
        let services = TestModel.shipped.map(\.rawValue)
        var operations: Set<String> = []
        for line in try oracle("pages.py", ["1", "4"] + services) {
            let run = try JSONValue(parsing: line)
            let service = try #require(run["service"]?.stringValue.flatMap(TestModel.init))
            let operation = try #require(run["operation"]?.stringValue)
            operations.insert("\(service) \(operation)")
            if let difference = try difference(run, service.model().operation(operation)) {
                Issue.record("\(service) \(operation): \(difference)\n\(line)")
            }
        }
        let paginated = try TestModel.shipped.flatMap { service in
            let model = try service.model()
            return try model.operationNames.filter { try model.operation($0).pagination != nil }.map {
                "\(service) \($0)"
            }
        }
        #expect(operations == Set(paginated))
    }

    private func difference(_ run: JSONValue, _ operation: OperationModel) throws -> String? {
        let pages = run["pages"]?.arrayValue ?? []
        let isPlain = ["maximumItems", "pageSize", "startingToken"].allSatisfy { run[$0]?.isNull ?? true }
        if isPlain, let plain = try plainDifference(run, operation, pages) { return plain }
        var collector = try PageCollector(
            try #require(operation.pagination), ["Given": "input"],
            maximumItems: run["maximumItems"]?.intValue.map(Int.init),
            pageSize: run["pageSize"]?.intValue.map(Int.init), startingToken: run["startingToken"]?.stringValue)
        var sent: [JSONValue] = []
        do {
            while let input = collector.nextInput {
                sent.append(input)
                guard sent.count <= pages.count else { return "asked for too many pages" }
                try collector.take(pages[sent.count - 1])
            }
        } catch {
            return run["error"] == true && .array(sent) == run["sent"] ? nil : "\(error) after \(sent)"
        }
        if run["error"] == true { return "no error" }
        if .array(sent) != run["sent"] { return "sent \(sent)" }
        if collector.output != run["result"] { return "result \(collector.output)" }
        let token = try collector.nextToken.flatMap(Base64.decode).map { try JSONValue(parsing: $0) } ?? .null
        return token == run["nextToken"] ? nil : "next token \(token)"
    }

    /// What `AWSPages` does, which knows no settings.
    private func plainDifference(_ run: JSONValue, _ operation: OperationModel, _ pages: [JSONValue]) throws -> String?
    {
        var sent: [JSONValue] = []
        var input: JSONValue? = ["Given": "input"]
        while let current = input, sent.count < pages.count {
            sent.append(current)
            input = operation.pagination?.input(after: pages[sent.count - 1], current)
            if input == current { break }
        }
        return .array(sent) == run["sent"] ? nil : "AWSPages sends \(sent)"
    }
}
