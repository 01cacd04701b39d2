import Basics
import Transport

/// Puts S3's buckets and access points into endpoints.
///
/// The rules are those of botocore's rule set for S3, with which the tests compare them.
struct S3Addressing: Sendable {
    /// The client's region.
    let region: String
    let usesFIPS: Bool
    let usesDualStack: Bool
    /// Whether the user has configured an endpoint.
    let isCustom: Bool
    /// Whether the hosts of S3 Transfer Acceleration are used.
    let accelerates: Bool
    /// Whether an ARN may name another region than the client's.
    let usesARNRegion: Bool
    /// Whether buckets stay out of the host name.
    private let forcesPath: Bool

    /// - Throws: `invalidConfiguration` when settings are wrong or exclude one another.
    @Sendable static func addressing(
        _ settings: AWSSettings, _ endpoint: EndpointSettings, region: String
    ) throws(AWSError) -> BucketEndpoint {
        try S3Addressing(settings, endpoint: endpoint, region: region).endpoint
    }

    private init(_ settings: AWSSettings, endpoint: EndpointSettings, region: String) throws(AWSError) {
        self.region = region
        usesFIPS = endpoint.usesFIPS
        usesDualStack = endpoint.usesDualStack
        isCustom = endpoint.customURL != nil
        accelerates = settings.profile["s3.use_accelerate_endpoint"]?.lowercased() == "true"
        let style = settings.profile["s3.addressing_style"] ?? "auto"
        guard ["auto", "path", "virtual"].contains(style) else {
            throw AWSError(
                .invalidConfiguration,
                "s3.addressing_style of profile \(settings.profileName) is \"\(style)\": give auto, path or virtual"
            )
        }
        // Custom endpoints rarely have hosts for buckets.
        forcesPath = !accelerates && (isCustom ? style != "virtual" : style == "path")
        let arnRegion =
            settings.value("AWS_S3_USE_ARN_REGION", key: "s3_use_arn_region") ?? settings.profile["s3.use_arn_region"]
        usesARNRegion = arnRegion?.lowercased() != "false"
        if accelerates, usesFIPS || isCustom {
            throw AWSError(
                .invalidConfiguration,
                """
                s3.use_accelerate_endpoint of profile \(settings.profileName) cannot be combined with \
                \(usesFIPS ? "AWS_USE_FIPS_ENDPOINT" : "an endpoint URL"): unset one of them
                """
            )
        }
    }

    /// The endpoint for a bucket, or for the ARN of an access point in place of its name.
    /// - Throws: `invalidParameter` when the bucket cannot be used with these settings.
    @Sendable private func endpoint(
        bucket: String, operation: String?, usual: Endpoint
    ) throws(AWSError) -> Endpoint {
        if bucket.hasPrefix("arn:") {
            return try S3AccessPoint(bucket).endpoint(self, operation: operation, usual)
        }
        for (suffix, kind) in Self.unsupported where bucket.hasSuffix(suffix) {
            throw AWSError(.invalidParameter, "bucket \(bucket): \(kind) are not supported: use the AWS CLI for them")
        }
        // Who asks where a bucket is may not know its region, which its own host would refuse.
        let isInHost = !forcesPath && operation != "GetBucketLocation" && fitsInHost(bucket, usual.url)
        var endpoint = usual
        endpoint.hasBucket = true
        if accelerates {
            endpoint.url = try acceleratedURL(bucket, isInHost: isInHost)
        } else if isInHost {
            endpoint.url = Endpoint.inserting(bucket + ".", beforeHostOf: usual.url)
        } else {
            endpoint.url += "/" + bucket
        }
        return endpoint
    }

    private static let unsupported = [
        ("--x-s3", "directory buckets"), ("--xa-s3", "access points of directory buckets"),
        ("--op-s3", "aliases of access points on Outposts"),
    ]

    private func acceleratedURL(_ bucket: String, isInHost: Bool) throws(AWSError) -> String {
        let partition = AWSPartition.of(region)
        guard isInHost, partition.name != "aws-cn" else {
            throw AWSError(
                .invalidParameter,
                """
                bucket \(bucket): S3 Transfer Acceleration serves only buckets whose names fit into a host name, and \
                not in China: unset s3.use_accelerate_endpoint in the profile
                """
            )
        }
        let dualStack = usesDualStack ? ".dualstack" + (region == "aws-global" ? ".us-east-1" : "") : ""
        return "https://\(bucket).s3-accelerate\(dualStack).\(partition.dnsSuffix)"
    }

    /// Whether a bucket's name can stand in the host name.
    private func fitsInHost(_ bucket: String, _ url: String) -> Bool {
        guard bucket.utf8.count >= 3, bucket == bucket.lowercased() else { return false }
        let (scheme, host) = (SignedURL(url).scheme, SignedURL(url).authority)
        if bucket.isHostLabel {
            return host.first != "[" && SocketAddress(ip: String(host.prefix { $0 != ":" }), port: 0) == nil
        }
        // The wildcard certificate does not match names with dots.
        let labels = bucket.split(separator: ".", omittingEmptySubsequences: false)
        return scheme == "http://" && labels.allSatisfy { String($0).isHostLabel }
            && SocketAddress(ip: bucket, port: 0) == nil
    }
}
