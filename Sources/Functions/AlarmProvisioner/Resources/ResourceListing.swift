import AWS
import AWSResources
import Basics
import JSON

/// What the finder of one kind works with: calls in its scope whose failures are noted instead of thrown, so that what
/// was found before them is kept.
struct ResourceListing: Sendable {
    let kind: ResourceKind
    let calls: ScopeCalls
    /// The only resource that is looked for; nil for all.
    let target: ResourceTarget?
    /// The facts that somebody needs: others are not fetched by calls of their own.
    let facts: Set<Fact>
    private let noted = Locked<[DiscoveryFailure]>([])

    init(_ kind: ResourceKind, _ calls: ScopeCalls, target: ResourceTarget? = nil, facts: Set<Fact>) {
        self.kind = kind
        self.calls = calls
        self.target = target
        self.facts = facts
    }

    var scope: AlarmScope { calls.scope }
    /// Why the list is not whole; each reason once.
    var failures: [DiscoveryFailure] { noted.withLock { $0 } }

    /// Whether one of these facts is needed.
    func wants(_ some: Fact...) -> Bool { !facts.isDisjoint(with: some) }

    /// How many items a page shall have, where the service allows no more than this.
    func pageSize(_ most: Int) -> JSONValue { JSONValue(calls.itemsOnPage(most)) }

    /// Notes that the list is not whole.
    func note(_ failure: DiscoveryFailure) {
        noted.withLock { noted in
            if !noted.contains(failure) { noted.append(failure) }
        }
    }

    /// All items of a list, on all its pages, as what `read` makes of them.
    /// - Parameters:
    ///   - isOfParent: whether it lists parts of another resource, which may be gone by now.
    ///   - read: gives nothing for an item that does not count, such as a terminated instance.
    func list<Found>(
        _ service: AWSService, _ operation: String, _ input: JSONValue = [:], at path: String, isOfParent: Bool = false,
        _ read: (JSONValue) throws -> [Found]
    ) async -> [Found] {
        var found: [Found] = []
        do {
            try await calls.pages(service, operation, input) { page in
                for item in page.at(path)?.arrayValue ?? [] {
                    do { found += try read(item) } catch { note(service, operation, error) }
                }
            }
        } catch let error as AWSError where (isOfParent || target != nil) && error.isNotFound {
            return []
        } catch {
            note(service, operation, error)
        }
        return found
    }

    /// One call about one resource; nil when it failed, which is noted.
    /// - Throws: ``ResourceGone`` when the resource is not there.
    func detail(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws -> JSONValue? {
        do {
            return try await calls.call(service, operation, input)
        } catch let error as AWSError where error.isNotFound {
            throw ResourceGone()
        } catch {
            note(service, operation, error)
            return nil
        }
    }

    /// What a call for each item finds, several at a time, in the items' order; those that are gone are left out.
    func each<Item: Sendable, Found: Sendable>(
        _ items: [Item], _ find: @escaping @Sendable (Item) async throws -> [Found]
    ) async -> [Found] {
        let found = await items.concurrentMap(atMost: calls.budget.parallelCalls) { item -> [Found] in
            do { return try await find(item) } catch is ResourceGone { return [] } catch {
                note(DiscoveryFailure("\(kind.rawValue): \(error)"))
                return []
            }
        }
        return found.flatMap { $0 }
    }

    /// What several kinds share; its failures count for each of them.
    func shared(
        _ name: String, _ fetch: @escaping @Sendable (ResourceListing) async -> [WatchedResource]
    ) async -> [WatchedResource] {
        let own = ResourceListing(kind, calls, target: target, facts: facts)
        let shared = await calls.shared(name) {
            ScopeCalls.Shared(resources: await fetch(own), failures: own.failures)
        }
        for failure in shared.failures { note(failure) }
        return shared.resources
    }

    private func note(_ service: AWSService, _ operation: String, _ error: any Error) {
        note(DiscoveryFailure(error, service.name, operation, in: scope))
    }

    /// A resource of the listing's kind; values that are nil or empty are left out.
    func resource(
        id: String, name: String, tags: [String: String] = [:], dimensions: [String: String?],
        facts: [Fact: Double?] = [:], attributes: [String: String?] = [:], kind: ResourceKind? = nil
    ) -> WatchedResource {
        WatchedResource(
            kind: kind ?? self.kind, scope: scope, id: id, name: name, tags: tags,
            dimensions: dimensions.compactMapValues { $0 }.filter { !$0.value.isEmpty },
            facts: facts.compactMapValues { $0 },
            attributes: attributes.compactMapValues { $0 }.filter { !$0.value.isEmpty })
    }

    /// The ARN of a resource in the scope.
    func arn(_ service: String, _ resource: String) -> String {
        ARN(service: service, region: scope.region, account: scope.account, resource: resource).description
    }
}

/// A resource that a list named is not there any more.
struct ResourceGone: Error {}

/// An item of a list without what every such item has: the answer is damaged, and the list not whole.
struct MissingMember: Error, CustomStringConvertible {
    let name: String
    var description: String { "an item of the answer has no \(name)" }
}

extension JSONValue {
    /// The text at a path that every item has.
    func required(_ path: String) throws(MissingMember) -> String {
        guard let text = at(path)?.stringValue, !text.isEmpty else { throw MissingMember(name: path) }
        return text
    }

    /// The value itself, of a list of texts.
    func requiredText(_ name: String) throws(MissingMember) -> String {
        guard let text = stringValue, !text.isEmpty else { throw MissingMember(name: name) }
        return text
    }

    /// The text at a path.
    func text(_ path: String) -> String? { at(path)?.stringValue }

    /// The number at a path, which some services write as text.
    func number(_ path: String) -> Double? {
        guard let value = at(path) else { return nil }
        return value.doubleValue ?? value.stringValue.flatMap { Double($0) }
    }

    /// The elements of a list of texts.
    func texts(_ path: String) -> [String] { at(path)?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Tags in the forms that services have: `[{Key, Value}]`, `[{key, value}]` or a map.
    func tags(_ path: String) -> [String: String] {
        var tags: [String: String] = [:]
        for tag in at(path)?.arrayValue ?? [] {
            guard let key = tag.text("Key") ?? tag.text("key") else { continue }
            tags[key] = tag.text("Value") ?? tag.text("value") ?? ""
        }
        for (key, value) in at(path)?.objectValue ?? [:] { tags[key] = value.stringValue ?? "" }
        return tags
    }

    /// A list's only element; nil for none or several.
    func only(_ path: String) -> String? {
        let texts = texts(path)
        return texts.count == 1 ? texts[0] : nil
    }
}
