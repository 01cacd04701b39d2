import Basics
import JSON
import Synchronization
import TestSupport
import Transport

@testable import UptimeChecker

/// Runs the endpoints and suites of a file once, with real checks.
func results(
    of file: String, named names: [String] = [], within limit: Duration = .seconds(30)
) async throws -> [CheckResult] {
    let loop = try TestAWS.loop.get()
    let run = try UptimeRun(parsing: Array(file.utf8), environment: [:], loop: loop)
    return try await withTaskExecutorPreference(loop) {
        try await run.results(named: names, until: .now() + limit)
    }
}

/// A small API of items, which are made, changed, read and deleted.
final class ItemServer: Sendable {
    let server: ScriptedServer
    private let items: Items

    /// - Parameter putStatus: what a change of an item is answered with.
    init(putStatus: Int = 200) throws {
        let items = Items()
        server = try ScriptedServer { request in items.answer(request, putStatus: putStatus) }
        self.items = items
    }

    /// The items that there are.
    var left: [String] { items.prices.withLock { $0.keys.sorted() } }

    /// `POST /items` and so on, in their order.
    var calls: [String] { server.requests.map { "\($0.method) \($0.target)" } }
}

private final class Items: Sendable {
    let prices = Mutex<[String: String]>([:])

    func answer(_ request: ServerRequest, putStatus: Int) -> Reply {
        let body = try? JSONValue(parsing: request.body)
        let price = body?["price"]?.stringValue ?? ""
        let id = String(request.target.dropFirst("/items/".count))
        return prices.withLock { items in
            switch request.method {
            case "POST":
                let id = "item-\(items.count + 7)"
                items[id] = price
                return .http(201, body: #"{"id": "\#(id)", "price": \#(price)}"#)
            case "PUT":
                if putStatus == 200 { items[id] = price }
                return .http(putStatus, body: "{}")
            case "DELETE": return items.removeValue(forKey: id) == nil ? .http(404) : .http(204)
            default:
                guard let price = items[id] else { return .http(404) }
                return .http(200, body: #"{"price": \#(price)}"#)
            }
        }
    }
}

/// A suite's steps as `name outcome`, each with its errors, failed conditions and notes.
func lines(_ suite: CheckResult) -> [String] {
    (suite.steps ?? []).map { step in
        let why = step.errors + step.failedConditions + step.notes
        return "\(step.name) \(step.outcome.rawValue)" + (why.isEmpty ? "" : ": " + why.joined(separator: "; "))
    }
}
