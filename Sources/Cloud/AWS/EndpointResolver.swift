import Basics

/// Finds a service's endpoint for a region and settings, by botocore's endpoint rule sets.
///
/// As in botocore, an SQS queue's URL only names the queue: requests go to the client's endpoint.
struct EndpointResolver: Sendable {
    private let prefix: String
    private let region: String
    private let partition: AWSPartition
    private let usesFIPS: Bool
    private let usesDualStack: Bool
    private let usesGlobalSTS: Bool
    private let customURL: String?

    private var isS3: Bool { prefix == "s3" }

    /// - Throws: `invalidConfiguration` when the region is not a host label, a custom endpoint not a URL, or when
    ///   settings exclude one another.
    init(_ service: ServiceMetadata, region: String, settings: AWSSettings) throws(AWSError) {
        guard Self.isHostLabel(region) else {
            throw AWSError(.invalidConfiguration, "\"\(region)\" is no region name: check AWS_REGION or the profile")
        }
        prefix = service.endpointPrefix
        self.region = region
        partition = .of(region)
        usesFIPS = settings.isOn("AWS_USE_FIPS_ENDPOINT", key: "use_fips_endpoint")
        usesDualStack = settings.isOn("AWS_USE_DUALSTACK_ENDPOINT", key: "use_dualstack_endpoint")
        customURL = try Self.customURL(service.serviceID, settings)
        let stsSetting = settings.value("AWS_STS_REGIONAL_ENDPOINTS", key: "sts_regional_endpoints")?.lowercased()
        usesGlobalSTS =
            prefix == "sts" && customURL == nil && !usesFIPS && !usesDualStack
            && (region == "aws-global" || stsSetting == "legacy" && Self.legacySTSRegions.contains(region))
        if customURL != nil, usesFIPS || usesDualStack {
            throw AWSError(
                .invalidConfiguration,
                "FIPS and dual-stack endpoints cannot be combined with an endpoint URL: unset one of them"
            )
        }
        if isS3, usesFIPS, partition.name == "aws-cn" {
            throw AWSError(.invalidConfiguration, "S3 has no FIPS endpoint in \(region): unset AWS_USE_FIPS_ENDPOINT")
        }
    }

    /// The endpoint for a request, with the bucket in the host name where that is possible.
    func endpoint(bucket: String? = nil) throws(AWSError) -> Endpoint {
        guard let bucket else { return serviceEndpoint }
        if bucket.hasPrefix("arn:") || bucket.hasSuffix("--x-s3") {
            throw AWSError(
                .invalidParameter, "bucket \(bucket): access points and directory buckets are not supported"
            )
        }
        var endpoint = serviceEndpoint
        // The wildcard certificate does not match names with dots, and custom endpoints rarely have bucket hosts.
        guard customURL == nil, bucket.count >= 3, !bucket.contains("."), Self.isHostLabel(bucket),
            bucket == bucket.lowercased()
        else { return endpoint }
        endpoint.url.insert(contentsOf: bucket + ".", at: endpoint.url.index(endpoint.url.startIndex, offsetBy: 8))
        endpoint.hasBucketInHost = true
        return endpoint
    }

    private var serviceEndpoint: Endpoint {
        let isGlobalS3 = isS3 && region == "aws-global"
        let signingRegion = usesGlobalSTS || isGlobalS3 ? "us-east-1" : region
        return Endpoint(url: customURL ?? "https://" + host(isGlobalS3: isGlobalS3), signingRegion: signingRegion)
    }

    private func host(isGlobalS3: Bool) -> String {
        if usesGlobalSTS || isGlobalS3 && !usesFIPS && !usesDualStack { return prefix + "." + partition.dnsSuffix }
        let name = prefix + (usesFIPS && !standardEndpointIsFIPS ? "-fips" : "")
        if isS3 {
            let stack = usesDualStack ? ".dualstack" : ""
            return "\(name)\(stack).\(isGlobalS3 ? "us-east-1" : region).\(partition.dnsSuffix)"
        }
        let suffix = usesDualStack && !standardEndpointIsDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
        return "\(name).\(region).\(suffix)"
    }

    /// In GovCloud the standard endpoints of most services are FIPS endpoints.
    private var standardEndpointIsFIPS: Bool {
        guard partition.name == "aws-us-gov" else { return false }
        return prefix == "monitoring" || !usesDualStack && ["dynamodb", "sns", "sqs", "sts", "ssm"].contains(prefix)
    }

    /// The standard endpoints of Secrets Manager also answer over IPv6.
    private var standardEndpointIsDualStack: Bool {
        guard prefix == "secretsmanager" else { return false }
        return ["aws", "aws-us-gov"].contains(partition.name) || partition.name == "aws-cn" && !usesFIPS
    }

    private static let legacySTSRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
        "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ]

    private static func isHostLabel(_ text: String) -> Bool {
        guard text.utf8.count <= 63, let first = text.utf8.first, let last = text.utf8.last else { return false }
        return first.isASCIIAlphanumeric && last.isASCIIAlphanumeric && isPlain(text, and: "-")
    }
}

extension EndpointResolver {
    /// The endpoint that the user has configured, looked up in botocore's order; nil when there is none.
    private static func customURL(_ serviceID: String, _ settings: AWSSettings) throws(AWSError) -> String? {
        guard !settings.isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", key: "ignore_configured_endpoint_urls") else {
            return nil
        }
        let name = serviceID.split(separator: " ").joined(separator: "_")
        let serviceVariable = "AWS_ENDPOINT_URL_" + name.uppercased()
        var candidates = [serviceVariable, "AWS_ENDPOINT_URL"].map { ($0, settings.environment[$0]) }
        if let section = settings.profile["services"] {
            guard let values = settings.files.services[section] else {
                throw AWSError(
                    .invalidConfiguration,
                    "profile \(settings.profileName) refers to the section [services \(section)], which does not exist"
                )
            }
            candidates.append(("[services \(section)]", values[name.lowercased() + ".endpoint_url"]))
        }
        candidates.append(("endpoint_url of profile \(settings.profileName)", settings.profile["endpoint_url"]))
        for (place, value) in candidates {
            guard let value, !value.isEmpty else { continue }
            let parts = SignedURL(value)
            guard ["http://", "https://"].contains(parts.scheme.lowercased()), !parts.authority.isEmpty,
                parts.query.isEmpty, !value.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F })
            else {
                throw AWSError(.invalidConfiguration, "\(place): \"\(value)\" is not an http:// or https:// URL")
            }
            let path = parts.path.last == "/" ? parts.path.dropLast() : parts.path
            return parts.scheme.lowercased() + parts.authority.lowercased() + path
        }
        return nil
    }
}

/// Where one request goes.
struct Endpoint: Sendable, Equatable {
    /// Scheme, host, port and base path, without a slash at the end: `https://sns.eu-central-1.amazonaws.com`.
    fileprivate(set) var url: String
    /// The region in the signature.
    let signingRegion: String
    /// Whether the bucket is in the host name, and so not in the path.
    fileprivate(set) var hasBucketInHost = false

    /// The URL of a request with this path and query.
    ///
    /// `hostPrefix` stands before the host.
    func url(target: String, bucket: String?, hostPrefix: String? = nil) -> String {
        var target = Substring(target)
        if hasBucketInHost, let bucket {
            target = target.dropFirst(1 + bucket.count)
            if target.first != "/" { target = "/" + target }
        }
        guard let hostPrefix else { return url + target }
        let scheme = SignedURL(url).scheme
        return scheme + hostPrefix + url.dropFirst(scheme.count) + target
    }
}

/// A group of regions with its own domain names, accounts and credentials.
///
/// Source: botocore's partitions.json.
public struct AWSPartition: Sendable {
    /// `aws`, `aws-cn` and the like.
    public let name: String
    /// `amazonaws.com` and the like.
    public let dnsSuffix: String
    /// The suffix of endpoints that also answer over IPv6.
    let dualStackDNSSuffix: String

    /// The partition of a region, also of a region that is newer than this table.
    public static func of(_ region: String) -> AWSPartition {
        others.first { region.hasPrefix($0.prefix) }?.partition ?? aws
    }

    private static let aws = AWSPartition(name: "aws", dnsSuffix: "amazonaws.com", dualStackDNSSuffix: "api.aws")

    private static let others: [(prefix: String, partition: AWSPartition)] = [
        ("cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"),
        ("us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
        ("us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    ].map { ($0.0, AWSPartition(name: $0.1, dnsSuffix: $0.2, dualStackDNSSuffix: $0.3)) }
}
