import AWS
import AWSResources
import Basics
import JSON

/// The tags of resources whose own lists have none, by ARN: one listing of the tagging API for all kinds of a scope.
struct TagListing: Sendable {
    private let tags: [String: [String: String]]
    /// Why it is not whole: then nobody can tell an untagged resource from one whose tags are unknown.
    let failure: DiscoveryFailure?

    /// Lists the tags.
    /// - Parameters:
    ///   - types: as the API's `ResourceTypeFilters` has them, at most 100.
    ///   - arn: the only resource; nil for all of these types.
    static func fetch(types: [String], arn: String?, with calls: ScopeCalls) async -> TagListing {
        guard !types.isEmpty else { return TagListing(tags: [:], failure: nil) }
        do {
            if let arn { return try await fetch(["ResourceARNList": [.string(arn)]], calls) }
            let size = JSONValue(calls.itemsOnPage(100))
            do {
                let filters = JSONValue.array(types.sorted().map { .string($0) })
                return try await fetch(["ResourceTypeFilters": filters, "ResourcesPerPage": size], calls)
            } catch let error as AWSError where error.code == "InvalidParameterException" {
                // A region that does not know one of the types refuses them all.
                return try await fetch(["ResourcesPerPage": size], calls)
            }
        } catch {
            let failure = DiscoveryFailure(error, "resourcegroupstaggingapi", "GetResources", in: calls.scope)
            return TagListing(tags: [:], failure: failure)
        }
    }

    private static func fetch(_ input: JSONValue, _ calls: ScopeCalls) async throws -> TagListing {
        var tags: [String: [String: String]] = [:]
        try await calls.pages(.resourceGroupsTaggingAPI, "GetResources", input) { page in
            for item in page["ResourceTagMappingList"]?.arrayValue ?? [] {
                guard let arn = item.text("ResourceARN") else { continue }
                tags[arn] = item.tags("Tags")
            }
        }
        return TagListing(tags: tags, failure: nil)
    }

    /// The tags of a resource; empty where it has none.
    subscript(arn: String) -> [String: String] { tags[arn] ?? [:] }
}
