import AWS
import Basics
import JSON

/// The calls to AWS in one account and region: a client for each service, all pages, within the discovery's budget.
final class ScopeCalls: Sendable {
    /// Resources that several kinds are made from, with why they are not whole.
    struct Shared: Sendable {
        let resources: [WatchedResource]
        let failures: [DiscoveryFailure]
    }

    let scope: AlarmScope
    let budget: CallBudget
    let deadline: Timestamp?
    private let limits: ResourceFinder.Limits
    private let configuration: AWSConfiguration
    private let clients = Locked<[String: AWSClient]>([:])
    private let shared = Locked<[String: Task<Shared, Never>]>([:])

    init(
        _ scope: AlarmScope, configuration: AWSConfiguration, budget: CallBudget, limits: ResourceFinder.Limits,
        deadline: Timestamp?
    ) {
        self.scope = scope
        self.budget = budget
        self.deadline = deadline
        self.limits = limits
        var configuration = configuration
        configuration.region = scope.region
        self.configuration = configuration
    }

    /// How many items a page has, where the service allows `most`.
    func itemsOnPage(_ most: Int) -> Int { min(most, limits.itemsOnPage) }

    /// One call.
    /// - Throws: what ``CallBudget/perform(_:_:_:deadline:)`` throws.
    func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
        try await budget.perform(client(service), operation, input, deadline: deadline)
    }

    /// Calls for every page.
    /// - Parameter take: gets each page. It converts what it keeps, so that a long list is never in memory as JSON.
    /// - Throws: as `call`, and ``DiscoveryLimit`` for more pages than allowed; the pages before were taken.
    func pages(
        _ service: AWSService, _ operation: String, _ input: JSONValue, take: (JSONValue) -> Void
    ) async throws {
        let client = try client(service)
        let pagination = try client.pagination(of: operation)
        var (input, page) = (input, 0)
        while true {
            let output = try await budget.perform(client, operation, input, deadline: deadline)
            take(output)
            page += 1
            guard let pagination else { return }
            guard let tokens = pagination.tokens(after: output) else {
                if let more = pagination.more, output.at(more) == true { throw DiscoveryLimit.missingToken }
                return
            }
            let next = pagination.input(input, with: tokens)
            guard next != input else { throw AWSError.repeatedPageToken }
            guard page < limits.maximumPages else { throw DiscoveryLimit.tooManyPages(limits.maximumPages) }
            input = next
        }
    }

    /// What several kinds need and only the first of them fetches.
    func shared(_ name: String, _ fetch: @escaping @Sendable () async -> Shared) async -> Shared {
        let task = shared.withLock { shared in
            if let task = shared[name] { return task }
            let task = Task { await fetch() }
            shared[name] = task
            return task
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func client(_ service: AWSService) throws -> AWSClient {
        try clients.withLock { clients in
            if let client = clients[service.name] { return client }
            let client = try AWSClient(service, configuration: configuration)
            clients[service.name] = client
            return client
        }
    }
}
