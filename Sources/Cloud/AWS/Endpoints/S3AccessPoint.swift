import Basics

/// An access point of S3, by the ARN that stands in place of a bucket's name.
///
/// `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME`, the same with `s3-object-lambda`, and
/// `arn:aws:s3-outposts:REGION:ACCOUNT:outpost/ID/accesspoint/NAME`.
struct S3AccessPoint: Sendable {
    private let arn: String
    /// `s3`, `s3-object-lambda` or `s3-outposts`, which is also the name in signatures.
    private let service: String
    private let region: String
    private let account: String
    private let name: String
    /// The Outpost that it is on; nil in a region.
    private let outpost: String?

    /// - Throws: `invalidParameter` when the ARN is not one of these.
    init(_ arn: String) throws(AWSError) {
        let fields = arn.arnFields?.map { String($0) } ?? []
        let resource = fields.last?.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }.map(String.init)
        guard fields.count == 6, let resource else { throw Self.unknown(arn) }
        self.arn = arn
        (service, region, account) = (fields[2], fields[3], fields[4])
        switch (service, resource.first, resource.count) {
        case ("s3", "accesspoint", 2), ("s3-object-lambda", "accesspoint", 2): (name, outpost) = (resource[1], nil)
        case ("s3-outposts", "outpost", 4) where resource[2] == "accesspoint":
            (name, outpost) = (resource[3], resource[1])
        default: throw Self.unknown(arn)
        }
        if service == "s3", region.isEmpty {
            throw AWSError(
                .invalidParameter,
                """
                \(arn): Multi-Region Access Points need signatures of version 4A, which are not supported: use a \
                bucket or the access point of one region
                """
            )
        }
        guard region.isHostLabel, account.isHostLabel, name.isHostLabel, outpost?.isHostLabel ?? true else {
            throw Self.unknown(arn)
        }
    }

    /// The endpoint for the access point.
    /// - Parameters:
    ///   - client: the client's settings.
    ///   - usual: the endpoint for requests without a bucket.
    /// - Throws: `invalidParameter` when the settings exclude access points of this kind.
    func endpoint(_ client: S3Addressing, operation: String?, _ usual: Endpoint) throws(AWSError) -> Endpoint {
        if let reason = refusal(client, operation: operation) {
            throw AWSError(.invalidParameter, "\(arn): \(reason)")
        }
        let label = "\(name)-\(account)."
        var endpoint = usual
        endpoint.hasBucket = true
        endpoint.signingRegion = region
        endpoint.signingName = service
        let kind = service == "s3" ? "s3-accesspoint" : service
        let variant = (client.usesFIPS ? "-fips" : "") + (client.usesDualStack ? ".dualstack" : "")
        let host = "\(kind)\(variant).\(region).\(AWSPartition.of(region).dnsSuffix)"
        endpoint.url =
            switch (outpost, client.isCustom) {
            case (let outpost?, let isCustom):
                "https://\(label)\(outpost)." + (isCustom ? String(SignedURL(usual.url).authority) : host)
            case (nil, true): Endpoint.inserting(label, beforeHostOf: usual.url)
            case (nil, false): "https://" + label + host
            }
        return endpoint
    }

    /// Why the client cannot call the access point; nil when it can.
    private func refusal(_ client: S3Addressing, operation: String?) -> String? {
        if operation == "CreateBucket" || operation == "GetBucketLocation" {
            return "\(operation ?? "") takes the name of a bucket, not an access point"
        }
        if client.accelerates {
            return "access points do not support S3 Transfer Acceleration: unset s3.use_accelerate_endpoint"
        }
        if client.usesDualStack, service != "s3" {
            return "\(service) has no dual-stack endpoints: unset AWS_USE_DUALSTACK_ENDPOINT"
        }
        if client.usesFIPS, outpost != nil { return "\(service) has no FIPS endpoints: unset AWS_USE_FIPS_ENDPOINT" }
        if !client.usesARNRegion, region != client.region {
            return "use_arn_region is false, and the client's region is \(client.region): use a client of \(region)"
        }
        if AWSPartition.of(region).name != AWSPartition.of(client.region).name {
            return "it is in another partition than the client's region \(client.region): use a client of \(region)"
        }
        return nil
    }

    private static func unknown(_ arn: String) -> AWSError {
        AWSError(
            .invalidParameter,
            """
            \(arn) is no access point: give a bucket's name, arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, \
            arn:aws:s3-object-lambda:REGION:ACCOUNT:accesspoint/NAME or \
            arn:aws:s3-outposts:REGION:ACCOUNT:outpost/ID/accesspoint/NAME
            """
        )
    }
}
