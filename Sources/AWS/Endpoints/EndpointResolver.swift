/// Finds a service's endpoint from region and settings, by the rules of botocore's endpoint rule sets.
///
/// As in botocore, an SQS queue's URL only names the queue: requests go to the client's endpoint.
struct EndpointResolver: Sendable {
    private let prefix: String
    private let region: String
    private let partition: Partition
    private let usesFIPS: Bool
    private let usesDualStack: Bool
    private let usesGlobalSTS: Bool
    private let customURL: String?

    private var isS3: Bool { prefix == "s3" }

    /// - Throws: `invalidConfiguration` when the region is no host label, a custom endpoint no URL, or when
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

    /// The endpoint for a request; a bucket goes into the host name where it can.
    func endpoint(bucket: String? = nil) throws(AWSError) -> Endpoint {
        guard let bucket else { return serviceEndpoint }
        if bucket.hasPrefix("arn:") || bucket.hasSuffix("--x-s3") {
            throw AWSError(
                .invalidParameter, "bucket \(bucket): access points and directory buckets are not supported"
            )
        }
        var endpoint = serviceEndpoint
        // A dot in the name would not fit the certificate; a custom endpoint rarely knows buckets as hosts.
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
        let name = prefix + (usesFIPS && !hasPlainFIPS ? "-fips" : "")
        if isS3 {
            let stack = usesDualStack ? ".dualstack" : ""
            return "\(name)\(stack).\(isGlobalS3 ? "us-east-1" : region).\(partition.dnsSuffix)"
        }
        let suffix = usesDualStack && !hasPlainDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
        return "\(name).\(region).\(suffix)"
    }

    /// In GovCloud the ordinary endpoints of most services are FIPS ones already.
    private var hasPlainFIPS: Bool {
        guard partition.name == "aws-us-gov" else { return false }
        return prefix == "monitoring" || !usesDualStack && ["dynamodb", "sns", "sqs", "sts", "ssm"].contains(prefix)
    }

    /// The ordinary endpoints of Secrets Manager answer over IPv6 too.
    private var hasPlainDualStack: Bool {
        guard prefix == "secretsmanager" else { return false }
        return ["aws", "aws-us-gov"].contains(partition.name) || partition.name == "aws-cn" && !usesFIPS
    }

    private static let legacySTSRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
        "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ]

    private static func isHostLabel(_ text: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard text.utf8.count <= 63, let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
