import JSON

/// Adds the URL with which EC2 reads the snapshot in its own region, unless the caller gives one.
func presignCopySnapshot(
    _ input: inout JSONObject, _ operation: OperationModel, _ client: AWSClient
) async throws {
    guard input["PresignedUrl"] == nil, let source = input["SourceRegion"]?.stringValue else { return }
    let url = try await copyURL(operation, input, from: source, client)
    input["PresignedUrl"] = .string(url)
    input["DestinationRegion"] = .string(client.configuration.region)
}

/// Adds the URL with which RDS reads the original in `SourceRegion`, unless the caller gives one.
///
/// `SourceRegion` is a parameter of the SDKs only.
func presignCopy(_ input: inout JSONObject, _ operation: OperationModel, _ client: AWSClient) async throws {
    guard let source = input["SourceRegion"]?.stringValue else { return }
    input["SourceRegion"] = nil
    guard input["PreSignedUrl"] == nil else { return }
    input["PreSignedUrl"] = .string(try await copyURL(operation, input, from: source, client))
}

/// The same call as a URL for the source's region, which also names the region of the copy.
private func copyURL(
    _ operation: OperationModel, _ input: JSONObject, from source: String, _ client: AWSClient
) async throws -> String {
    var input = input
    input["DestinationRegion"] = nil  // Not a parameter of RDS's model, so it is added to the query.
    return try await client.inRegion(source).presignedURL(
        operation.name, .object(input), adding: [QueryItem("DestinationRegion", client.configuration.region)]
    )
}

extension AWSClient {
    /// A client of the same service with the same settings in another region.
    func inRegion(_ region: String) throws(AWSError) -> AWSClient {
        var configuration = configuration
        configuration.region = region
        return try AWSClient(service, configuration: configuration)
    }
}
