import Basics
import JSON
import Transport

/// An HTTP response before it is read by the protocol of its service.
struct WireResponse: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// Empty when a streaming output is read elsewhere.
    var body: [UInt8]
}

/// The output of an operation, in boto3's shapes.
///
/// Timestamps are ISO 8601 strings in UTC, blobs base64 strings. Members that the response lacks are missing here too.
struct OperationOutput: Sendable {
    /// The members that the model has.
    var value: JSONObject = [:]
    /// The raw body of an operation with a streaming output, which `value` leaves out.
    var payload: [UInt8]?
    /// The service's id of the request.
    var requestID: String?
    var status: Int
    var headers: HTTPHeaders

    /// S3's second id of the request, which AWS's support asks for.
    var hostID: String? { headers["x-amz-id-2"] }

    init(_ response: WireResponse) {
        status = response.status
        headers = response.headers
    }

    /// boto3's `ResponseMetadata`: `RequestId`, `HostId`, `HTTPStatusCode`, `HTTPHeaders` with names in lower case.
    var metadata: JSONObject {
        var metadata: JSONObject = [:]
        metadata["RequestId"] = requestID.map(JSONValue.string)
        metadata["HostId"] = hostID.map(JSONValue.string)
        metadata["HTTPStatusCode"] = JSONValue(status)
        metadata["HTTPHeaders"] = .object(JSONObject(headers.map { ($0.name.lowercased(), .string($0.value)) }))
        return metadata
    }
}

extension ServiceModel {
    /// Reads a response: the operation's output, or the error that the service answered.
    ///
    /// - Parameters:
    ///   - response: its body may be empty when a streaming output is read elsewhere.
    ///   - input: the input of the call. For S3's listings it tells whether keys were asked for encoded.
    /// - Throws: `invalidResponse` when a successful response does not fit the model. An error response never throws.
    func result(
        of operation: OperationModel, _ response: WireResponse, _ input: JSONValue
    ) throws(AWSError) -> Result<OperationOutput, ServiceFault> {
        var response = response
        let document = operation.isS3 ? S3Customizations.document(of: &response, operation) : nil
        guard response.status < 301 else {
            return .failure(FaultParser(model: self, response: response).fault())
        }
        return .success(try output(of: operation, response, document, input))
    }

    private func output(
        of operation: OperationModel, _ response: WireResponse, _ document: XMLElement?, _ input: JSONValue
    ) throws(AWSError) -> OperationOutput {
        var output = OperationOutput(response)
        let graph = operation.graph
        switch metadata.wireProtocol {
        case .query, .ec2: try read(XMLReader.read(response.body), of: operation, into: &output)
        case .json:
            guard let shape = operation.output else { break }
            output.value = try JSONOutput(graph: graph, convertsScalars: false)
                .members(JSONOutput.object(response.body), shape)
        case .restJSON, .restXML:
            guard let shape = operation.output else { break }
            let rest = RestOutput(graph: graph, wireProtocol: metadata.wireProtocol, document: document)
            guard operation.isS3 else {
                (output.value, output.payload) = try rest.members(response, shape)
                break
            }
            let (response, expires) = S3Customizations.separateExpires(response, of: operation)
            (output.value, output.payload) = try rest.members(response, shape)
            output.value["ExpiresString"] = expires.map(JSONValue.string)
            try S3Customizations.complete(&output.value, response, of: operation, input: input)
        }
        output.requestID = output.requestID ?? response.requestID
        return output
    }

    private func read(
        _ root: XMLElement, of operation: OperationModel, into output: inout OperationOutput
    ) throws(AWSError) {
        output.requestID = (root.first("ResponseMetadata")?.first("RequestId") ?? root.first("requestId"))?.text
        guard let shape = operation.output else { return }
        var start = root
        if let wrapper = operation.resultWrapper {
            guard let element = root.first(wrapper) else { throw .unexpected("element \(wrapper)", root.name) }
            start = element
        }
        var reader = XMLOutput(graph: operation.graph)
        output.value = try reader.members(start, shape)
    }
}
