public import JSON
internal import Transport

extension ServiceModel {
    /// What a response means: the operation's output, or the service's refusal.
    ///
    /// - Parameters:
    ///   - operation: the operation that was called.
    ///   - response: the response; its body may be empty when a streaming output is read elsewhere.
    ///   - input: the input of the call. Of S3's listings it tells whether keys were to come encoded.
    /// - Throws: `invalidResponse` when a successful response does not fit the model. A refusal never throws.
    public func result(
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
        output.value = try XMLOutput(graph: operation.graph).members(start, shape)
    }
}
