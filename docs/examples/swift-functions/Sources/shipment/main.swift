import AWS
import DurableExecution
import FunctionRuntime
import JSON
import LambdaRuntime

struct Shipment: FunctionHandler {
    let aws: AWSConfiguration

    func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        guard let invocation = DurableInvocation(try JSONValue(parsing: event)) else {
            throw DurableError(.refused, "create this function with DurableConfig")
        }
        let answer = try await invocation.respond(aws: aws, deadline: context.deadline) { scope, input in
            let parcel = try await scope.step("pack") { ["order": input["order"] ?? .null, "parcel": "P-1"] }
            try await scope.wait("for the courier", for: .seconds(3_600))
            return try await scope.step("hand over", .atMostOnce) { ["delivered": parcel] }
        }
        return FunctionResponse(json: answer)
    }
}

LambdaRuntime.run { environment, loop in
    Shipment(aws: try AWSConfiguration(environment: environment.variables, loop: loop))
}
