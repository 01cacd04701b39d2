import AWS
import Basics
import Foundation
import TestSupport
import Transport

@testable import AlarmProvisioner

/// A moto server of its own with resources of every kind that it knows, made by resources.py.
enum MotoResources {
    static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")

    static let server: Result<MotoServer, any Error> = Result {
        let server = try MotoServer()
        let script = Workspace.root.appending(path: "Tests/AlarmProvisionerTests/Resources/resources.py").path
        let result = try Command.run(Workspace.python, [script, server.url, scope.region])
        guard result.status == 0 else { throw ServerError("resources.py failed: \(result.errors)") }
        return server
    }

    /// Kinds that can be listed there: all but those found by `ListMetrics`.
    static let kinds = Set(ResourceKind.allCases).subtracting([.metric])

    /// All facts but the two for which moto has no operation.
    static let facts = Set(Fact.allCases).subtracting([.accountConcurrency, .monthlyLimitDollars])

    /// Everything, in pages of five.
    static let found = Task { () throws -> (resources: DiscoveredResources, actions: Set<String>) in
        let budget = CallBudget(maximumCalls: 10_000, parallelCalls: 8)
        let wanted = ResourceFinder.Wanted(facts: facts, target: nil, deadline: nil, progress: { _ in })
        let found = try await finder().find(ResourceFinder.plan(kinds, [scope]), wanted, budget)
        return (found, budget.actions)
    }

    static func finder() throws -> ResourceFinder {
        let environment = try server.get().environment
        return ResourceFinder(limits: ResourceFinder.Limits(itemsOnPage: 5)) { _ in
            try TestNetwork.configuration(environment)
        }
    }
}

/// The real HTTP client, for servers on 127.0.0.1.
enum TestNetwork {
    static let loop = Result { try EventLoop.onOwnThread() }
    static let http = loop.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration(environment: [:])) }

    /// - Parameter time: nil for the real one.
    static func configuration(_ environment: [String: String], time: TimeSource? = nil) throws -> AWSConfiguration {
        try AWSConfiguration(environment: environment, http: http.get(), time: time ?? .live(loop.get()))
    }
}
