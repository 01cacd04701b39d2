import Basics
import JSON

/// Finds a service's endpoint for a region and settings, and how requests to it are signed, as botocore does.
///
/// As in botocore, an SQS queue's URL only names the queue: requests go to the client's endpoint.
final class EndpointResolver: Sendable {
    private let service: ServiceMetadata
    private let settings: EndpointSettings
    private let query: EndpointTable.Query
    /// The service's endpoint, for all operations that have none of their own.
    private let usual: Endpoint
    /// Nil for services other than S3.
    private let buckets: BucketEndpoint?

    /// - Parameter buckets: puts buckets into endpoints; without it they stay in the path.
    /// - Throws: `invalidConfiguration` when the region is not a host label, a custom endpoint not a URL, or when
    ///   settings exclude one another.
    init(
        _ service: ServiceMetadata, region: String, settings: AWSSettings, buckets: BucketAddressing? = nil
    ) throws(AWSError) {
        try Self.check(region)
        let own = try EndpointSettings(service, settings)
        self.service = service
        self.settings = own
        query = EndpointTable.Query(
            prefix: service.endpointPrefix, region: region, partition: .of(region), usesFIPS: own.usesFIPS,
            usesDualStack: own.usesDualStack
        )
        let isLegacy =
            own.usesLegacyEndpoint && service.legacyGlobalRegions.contains(region) && own.customURL == nil
            && !own.usesFIPS && !own.usesDualStack
        var usualQuery = query
        if isLegacy { usualQuery.region = "aws-global" }
        usual = try Self.endpoint(service.endpoints, service, usualQuery, own)
        self.buckets = try buckets?(settings, own, region)
    }

    /// The endpoint for a call.
    /// - Parameters:
    ///   - input: the call's input, whose bucket goes into the endpoint.
    ///   - operation: nil for any operation without an endpoint of its own.
    /// - Throws: `invalidParameter` or `invalidConfiguration` when there is none.
    func endpoint(_ input: JSONValue = [:], for operation: OperationModel? = nil) throws(AWSError) -> Endpoint {
        if service.serviceID == "EventBridge", input["EndpointId"] != nil {
            throw AWSError(
                .invalidParameter,
                """
                EndpointId: global endpoints need signatures of version 4A, which are not supported: leave EndpointId \
                out to send to the event bus in \(query.region)
                """
            )
        }
        if let table = operation?.endpoints { return try Self.endpoint(table, service, query, settings) }
        guard let buckets, let bucket = input["Bucket"]?.stringValue else { return usual }
        return try buckets(bucket, operation?.name, usual)
    }

    private static func endpoint(
        _ table: EndpointTable, _ service: ServiceMetadata, _ query: EndpointTable.Query, _ settings: EndpointSettings
    ) throws(AWSError) -> Endpoint {
        guard let url = settings.customURL ?? table.url(query) else { throw missing(service.serviceID, query) }
        // Requests to a custom endpoint are signed for the client's region, whatever the service's own region is.
        let usesRegion = settings.customURL != nil && !service.isS3
        return Endpoint(
            url: url, signingRegion: (usesRegion ? nil : table.signingRegion(query)) ?? query.region,
            signingName: table.signingName(query) ?? service.signingName, allowsHostPrefix: settings.allowsHostPrefix
        )
    }

    private static func missing(_ service: String, _ query: EndpointTable.Query) -> AWSError {
        let settings = [
            (query.usesFIPS, "FIPS", "AWS_USE_FIPS_ENDPOINT"),
            (query.usesDualStack, "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT"),
        ].filter(\.0)
        let kind = settings.map(\.1).joined(separator: " and ")
        let unset = settings.isEmpty ? "" : ": unset " + settings.map(\.2).joined(separator: " or ")
        return AWSError(.invalidConfiguration, "\(service) has no \(kind) endpoint in \(query.region)\(unset)")
    }

    private static func check(_ region: String) throws(AWSError) {
        guard region.isHostLabel else {
            throw AWSError(.invalidConfiguration, "\"\(region)\" is no region name: check AWS_REGION or the profile")
        }
        if region.hasPrefix("fips-") || region.hasSuffix("-fips") {
            throw AWSError(
                .invalidConfiguration,
                "\(region) is an old name for FIPS endpoints: name the region alone and set AWS_USE_FIPS_ENDPOINT=true"
            )
        }
    }
}

/// The endpoint for a bucket, from its name or an ARN in its place, the operation, and the endpoint without a bucket.
typealias BucketEndpoint = @Sendable (String, String?, Endpoint) throws(AWSError) -> Endpoint

/// Makes a ``BucketEndpoint`` for a client's settings and region.
///
/// A part of the service `AWSService.s3`, so that programs without S3 go without the code.
typealias BucketAddressing = @Sendable (AWSSettings, EndpointSettings, String) throws(AWSError) -> BucketEndpoint

/// Where one request goes, and what its signature says about that.
struct Endpoint: Sendable {
    /// Scheme, host, port and base path, without a slash at the end: `https://sns.eu-central-1.amazonaws.com`.
    var url: String
    /// The region in the signature.
    var signingRegion: String
    /// The service's name in the signature.
    var signingName: String
    /// Whether operations may put a prefix before the host.
    let allowsHostPrefix: Bool
    /// Whether `url` names the bucket, so that the path of the request does not.
    var hasBucket = false

    /// The URL of a request with this path and query.
    ///
    /// `hostPrefix` stands before the host.
    func url(target: String, hostPrefix: String? = nil) -> String {
        let url = allowsHostPrefix ? Self.inserting(hostPrefix ?? "", beforeHostOf: self.url) : self.url
        guard hasBucket else { return url + target }
        let rest = target.dropFirst().drop { $0 != "/" && $0 != "?" }
        return url + (rest.first == "/" || hasPath ? "" : "/") + rest
    }

    /// A URL with a text before its host.
    static func inserting(_ text: String, beforeHostOf url: String) -> String {
        let scheme = SignedURL(url).scheme
        return scheme + text + url.dropFirst(scheme.count)
    }

    private var hasPath: Bool { !SignedURL(url).path.isEmpty }
}

extension ServiceMetadata {
    var isS3: Bool { serviceID == "S3" }
}

extension String {
    /// Whether the text can stand between two dots of a host name.
    var isHostLabel: Bool {
        guard utf8.count <= 63, let first = utf8.first, let last = utf8.last else { return false }
        return first.isASCIIAlphanumeric && last.isASCIIAlphanumeric && isPlain(self, and: "-")
    }
}
