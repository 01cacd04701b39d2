import Basics

/// What the user has set about the endpoints of one service, in the environment and the profile.
///
/// Source: "Service-specific endpoints" and "Dual-stack and FIPS endpoints" in the AWS SDKs and Tools reference guide;
/// the order of places is botocore's.
struct EndpointSettings: Sendable {
    let usesFIPS: Bool
    let usesDualStack: Bool
    /// The endpoint that replaces the service's own, without a slash at its end; nil when none is configured.
    let customURL: String?
    /// Whether the global endpoint of older SDKs serves the regions that it once served; STS and S3.
    let usesLegacyEndpoint: Bool
    /// Whether operations with a host prefix, such as `sync-`, get it.
    let allowsHostPrefix: Bool

    /// - Throws: `invalidConfiguration` when a value is wrong, or when settings exclude one another.
    init(_ service: ServiceMetadata, _ settings: AWSSettings) throws(AWSError) {
        usesFIPS = try settings.flag("AWS_USE_FIPS_ENDPOINT", key: "use_fips_endpoint")
        let s3DualStack = service.isS3 && settings.profile["s3.use_dualstack_endpoint"]?.lowercased() == "true"
        let dualStack = try settings.flag("AWS_USE_DUALSTACK_ENDPOINT", key: "use_dualstack_endpoint")
        usesDualStack = dualStack || s3DualStack
        allowsHostPrefix = try !settings.flag(
            "AWS_DISABLE_HOST_PREFIX_INJECTION", key: "disable_host_prefix_injection")
        usesLegacyEndpoint = try Self.usesLegacyEndpoint(service, settings)
        let custom = try Self.customEndpoint(service.serviceID, settings)
        customURL = custom?.url
        if let custom, usesFIPS || usesDualStack {
            let setting = usesFIPS ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT"
            throw AWSError(
                .invalidConfiguration,
                "\(setting) cannot be combined with the endpoint URL in \(custom.place): unset one of them"
            )
        }
        let mode = settings.value("AWS_ACCOUNT_ID_ENDPOINT_MODE", key: "account_id_endpoint_mode")
        if service.serviceID == "DynamoDB", mode == "required" {
            throw AWSError(
                .invalidConfiguration,
                """
                AWS_ACCOUNT_ID_ENDPOINT_MODE or account_id_endpoint_mode is "required", but endpoints with an account \
                id are not supported: set "preferred" or "disabled"
                """
            )
        }
    }

    /// By default the regional endpoint is used, for S3 too, as AWS recommends; botocore's default for S3 is `legacy`.
    private static func usesLegacyEndpoint(
        _ service: ServiceMetadata, _ settings: AWSSettings
    ) throws(AWSError) -> Bool {
        let (variable, key) =
            service.isS3
            ? ("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3_us_east_1_regional_endpoint")
            : ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints")
        guard !service.legacyGlobalRegions.isEmpty else { return false }
        let nested = service.isS3 ? settings.profile["s3.us_east_1_regional_endpoint"] : nil
        let value = (settings.value(variable, key: key) ?? nested ?? "regional").lowercased()
        guard value == "legacy" || value == "regional" else {
            throw AWSError(.invalidConfiguration, "\(variable) or \(key) is \"\(value)\": give regional or legacy")
        }
        return value == "legacy"
    }

    private static func customEndpoint(
        _ serviceID: String, _ settings: AWSSettings
    ) throws(AWSError) -> (url: String, place: String)? {
        guard try !settings.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", key: "ignore_configured_endpoint_urls") else {
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
            return (parts.scheme.lowercased() + parts.authority.lowercased() + path, place)
        }
        return nil
    }
}

extension AWSSettings {
    /// Whether the variable or the key says `true`.
    ///
    /// Anything but `true` and `false` is an error: a request for FIPS must not be missed because it says `yes`.
    @inline(never)
    func flag(_ variable: String, key: String) throws(AWSError) -> Bool {
        switch value(variable, key: key)?.lowercased() {
        case nil, "false": return false
        case "true": return true
        case let other?:
            throw AWSError(.invalidConfiguration, "\(variable) or \(key) is \"\(other)\": give true or false")
        }
    }
}
