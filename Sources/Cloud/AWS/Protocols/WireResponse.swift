import Basics
import JSON
import Transport

/// An HTTP response before it is read by the protocol of its service.
struct WireResponse {
    var status: Int
    var headers: HTTPHeaders
    /// Empty when a streaming output is read elsewhere.
    var body: [UInt8]
    /// The parsed body, when a customization has parsed it already.
    var document: XMLElement?
}

/// The output of an operation, in boto3's shapes.
///
/// Timestamps are strings as `Timestamp.outputText`, blobs base64 strings. Members that the response lacks are missing.
struct OperationOutput: Sendable {
    /// The members that the model has.
    var value: JSONObject = [:]
    /// The raw body of an operation with a streaming output, which `value` leaves out, or of a call that keeps it.
    var payload: [UInt8]?
    /// The service's id of the request.
    var requestID: String?
    var status: Int
    var headers: HTTPHeaders
    /// The algorithm by which the payload was verified, as boto3 names it: `crc32`.
    var checksumAlgorithm: String?

    init(_ response: WireResponse) {
        status = response.status
        headers = response.headers
    }
}

extension ServiceModel {
    /// Reads a response: the operation's output, or the error that the service answered.
    ///
    /// - Parameters:
    ///   - response: its body may be empty when a streaming output is read elsewhere.
    ///   - input: the input of the call. For S3's listings it tells whether keys were asked for encoded.
    ///   - keepsBody: whether a body in the protocol `json` becomes the payload, unread.
    /// - Throws: `invalidResponse` when a successful response does not fit the model. An error response never throws.
    func result(
        of operation: OperationModel, _ response: WireResponse, _ input: JSONValue, keepsBody: Bool = false
    ) throws(AWSError) -> Result<OperationOutput, ServiceFault> {
        let original = response
        var response = response
        for customization in operation.customizations { customization.response?(&response, operation) }
        guard response.status < 301 else {
            return .failure(FaultParser(model: self, response: response).fault())
        }
        var output = try output(of: operation, response, keepsBody: keepsBody)
        for customization in operation.customizations {
            try customization.output?(&output, operation, input, original)
        }
        return .success(output)
    }

    private func output(
        of operation: OperationModel, _ response: WireResponse, keepsBody: Bool
    ) throws(AWSError) -> OperationOutput {
        var output = OperationOutput(response)
        let graph = operation.graph
        switch metadata.wireProtocol {
        case .query, .ec2: try read(XMLReader.read(response.body), of: operation, into: &output)
        case .json where keepsBody: output.payload = response.body
        case .json:
            guard let shape = operation.output else { break }
            output.value = try JSONOutput(graph: graph, convertsScalars: false)
                .members(JSONOutput.object(response.body), shape)
        case .restJSON, .restXML:
            guard let shape = operation.output else { break }
            (output.value, output.payload) = try RestOutput(
                graph: graph, wireProtocol: metadata.wireProtocol, document: response.document
            ).members(response, shape)
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
