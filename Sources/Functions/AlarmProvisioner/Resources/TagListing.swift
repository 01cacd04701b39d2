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
        var input: JSONObject = [:]
        if let arn {
            input["ResourceARNList"] = .array([.string(arn)])
        } else {
            input["ResourceTypeFilters"] = .array(types.sorted().map { .string($0) })
            input["ResourcesPerPage"] = JSONValue(calls.itemsOnPage(100))
        }
        var tags: [String: [String: String]] = [:]
        do {
            try await calls.pages(.resourceGroupsTaggingAPI, "GetResources", .object(input)) { page in
                for item in page["ResourceTagMappingList"]?.arrayValue ?? [] {
                    guard let arn = item.text("ResourceARN") else { continue }
                    tags[arn] = item.tags("Tags")
                }
            }
        } catch {
            let failure = DiscoveryFailure(error, "resourcegroupstaggingapi", "GetResources", in: calls.scope)
            return TagListing(tags: [:], failure: failure)
        }
        return TagListing(tags: tags, failure: nil)
    }

    /// The tags of a resource; empty where it has none.
    subscript(arn: String) -> [String: String] { tags[arn] ?? [:] }
}
