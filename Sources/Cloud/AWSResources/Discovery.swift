public import AWS
public import Basics
import JSON

/// A resource with its tags, as the Resource Groups Tagging API lists it.
public struct Resource: Sendable, Hashable {
    /// Its name.
    public let arn: ARN
    /// Its tags, by key.
    public let tags: [String: String]

    /// A resource.
    public init(arn: ARN, tags: [String: String] = [:]) {
        self.arn = arn
        self.tags = tags
    }

    /// `ec2:instance`, or `sqs` where ARNs of the service have no type: what `ResourceTypeFilters` takes.
    public var type: String { arn.resourceType.map { "\(arn.service):\($0)" } ?? arn.service }
}

/// What was found: only ``complete`` proves that nothing else exists.
///
/// Whoever deletes, or alarms on absence, must do so on a complete list alone.
public enum Discovery: Sendable {
    /// Every resource that matches; empty when there is none.
    case complete([Resource])
    /// Some of them: the rest was not listed for this reason.
    case partial([Resource], because: AWSResourcesError)
    /// Nothing is known.
    case failed(AWSResourcesError)

    /// What was found, whether that is all or not.
    public var found: [Resource] {
        switch self {
        case .complete(let resources), .partial(let resources, _): resources
        case .failed: []
        }
    }

    /// All that exist.
    /// - Throws: `AWSResourcesError` when the list is not complete.
    public func all() throws(AWSResourcesError) -> [Resource] {
        switch self {
        case .complete(let resources): return resources
        case .partial(_, let reason), .failed(let reason): throw reason
        }
    }
}

/// Finds resources by their tags with the Resource Groups Tagging API.
///
/// The API lists resources that have, or once had, tags. It does not see others, so a filter on anything but tags and
/// types needs the service's own `Describe…`; such filters are refused.
/// Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
public struct ResourceDiscovery: Sendable {
    /// Calls of one discovery, at most 100 resources each.
    public static let maximumCalls = 100

    private let client: AWSClient
    private let maximumCalls: Int

    /// A discovery in the client's region.
    /// - Parameters:
    ///   - client: of ``AWSService/resourceGroupsTaggingAPI``.
    ///   - maximumCalls: after that many pages the list is reported as partial.
    public init(client: AWSClient, maximumCalls: Int = ResourceDiscovery.maximumCalls) {
        self.client = client
        self.maximumCalls = maximumCalls
    }

    /// Lists the resources that match.
    ///
    /// - Parameters:
    ///   - types: such as `ec2:instance` or `sqs`; empty for every type.
    public func resources(
        _ selector: ResourceSelector, types: [String] = [], deadline: Timestamp? = nil
    ) async -> Discovery {
        if let filter = selector.filters.first(where: { $0.tagKey == nil && !Self.localNames.contains($0.name) }) {
            return .failed(
                AWSResourcesError(
                    .wrongSelector,
                    "the tagging API knows no \"\(filter.name)\": give tag:<key>, tag-key, tag-value or resource-type"))
        }
        var found: [Resource] = []
        var calls = 0
        do {
            for try await page in client.pages("GetResources", Self.input(selector, types), deadline: deadline) {
                calls += 1
                found += try Self.resources(in: page).filter { selector.matches($0) }
                guard calls < maximumCalls || !Self.hasNextPage(page) else {
                    let reason = "more than \(maximumCalls) pages of resources: choose fewer by tags or types"
                    return .partial(found, because: AWSResourcesError(.tooMany, reason))
                }
            }
        } catch {
            let reason = AWSResourcesError(.notListed, "resources cannot be listed: \(error)", underlying: error)
            return calls == 0 ? .failed(reason) : .partial(found, because: reason)
        }
        return .complete(found)
    }

    /// Filters that the API does not have; they are applied to what it lists.
    private static let localNames: Set<String> = ["tag-key", "tag-value", "resource-type"]

    /// The API matches exact values alone, so of values with wild cards only the key is sent.
    private static func input(_ selector: ResourceSelector, _ types: [String]) -> JSONValue {
        var filters: [String: [String]] = [:]
        var keys: [String] = []
        for filter in selector.filters {
            guard let key = filter.tagKey, filters[key] == nil else { continue }
            // More than the API takes in one request are applied to what it lists.
            guard keys.count < 50 else { break }
            keys.append(key)
            let isExact =
                filter.values.count <= 20 && filter.values.allSatisfy { !$0.contains("*") && !$0.contains("?") }
            filters[key] = isExact ? filter.values : []
        }
        var input: JSONObject = ["ResourcesPerPage": 100]
        if !keys.isEmpty {
            input["TagFilters"] = .array(
                keys.map { ["Key": .string($0), "Values": .array((filters[$0] ?? []).map { .string($0) })] })
        }
        if !types.isEmpty { input["ResourceTypeFilters"] = .array(types.map { .string($0) }) }
        return .object(input)
    }

    private static func hasNextPage(_ page: JSONValue) -> Bool {
        page["PaginationToken"]?.stringValue?.isEmpty == false
    }

    /// - Throws: `AWSResourcesError` for an entry without a usable ARN: skipped, it would look as if it did not exist.
    private static func resources(in page: JSONValue) throws(AWSResourcesError) -> [Resource] {
        var resources: [Resource] = []
        for mapping in page["ResourceTagMappingList"]?.arrayValue ?? [] {
            guard let arn = ARN(mapping["ResourceARN"]?.stringValue) else {
                throw AWSResourcesError(.notListed, "the tagging API gave a resource without an ARN")
            }
            var tags: [String: String] = [:]
            for tag in mapping["Tags"]?.arrayValue ?? [] {
                if let key = tag["Key"]?.stringValue { tags[key] = tag["Value"]?.stringValue ?? "" }
            }
            resources.append(Resource(arn: arn, tags: tags))
        }
        return resources
    }
}

/// Why resources could not be selected or found.
public typealias AWSResourcesError = CodedError<AWSResourcesErrorCode>

/// The kinds of ``AWSResourcesError``.
public enum AWSResourcesErrorCode: String, ErrorCode {
    /// The text of a filter or quantity cannot be read, or the filter does not apply here.
    case wrongSelector
    /// No resource matches.
    case nothingFound
    /// More resources than are listed in one go.
    case tooMany
    /// The service did not list them; `underlying` is its error.
    case notListed
}
