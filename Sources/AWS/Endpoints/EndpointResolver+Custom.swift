extension EndpointResolver {
    /// The endpoint that the user set instead of the service's own, in botocore's order.
    static func customURL(_ serviceID: String, _ settings: AWSSettings) throws(AWSError) -> String? {
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
