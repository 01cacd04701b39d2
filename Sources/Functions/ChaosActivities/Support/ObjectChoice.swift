import AWSResources
import Basics
import Experiments
import JSON
import Kubernetes
import RegularExpressions

/// Which of a namespace's objects an action of chaosk8s hits: `label_selector`, `name_pattern`, and then `all`, or the
/// first or random ones by `qty`, `mode`, `order`, `rand`.
struct ObjectChoice {
    /// What is chosen, for messages: `pods`.
    let noun: String
    private let invocation: NativeActivity.Invocation

    /// The choice that an invocation's arguments describe.
    /// - Throws: for a quantity, mode or order that chaosk8s does not accept.
    init(_ noun: String, _ invocation: NativeActivity.Invocation) throws(ExperimentError) {
        (self.noun, self.invocation) = (noun, invocation)
        let (quantity, mode, order) = (invocation.argument("qty"), mode, order)
        if (quantity.doubleValue ?? 1) < 0 {
            throw .failedActivity("Cannot select \(noun). Quantity '\(quantity)' is negative.")
        }
        guard ["fixed", "percentage"].contains(mode) else {
            throw .failedActivity("Cannot select \(noun). Mode '\(mode)' is invalid.")
        }
        guard ["alphabetic", "oldest"].contains(order) else {
            throw .failedActivity("Cannot select \(noun). Order '\(order)' is invalid.")
        }
    }

    private var mode: String { invocation.argument("mode").stringValue ?? "fixed" }
    private var order: String { invocation.argument("order").stringValue ?? "alphabetic" }

    /// The targets, in the order in which they are hit.
    func targets(_ kind: ResourceKind) async throws -> [NativeActivity.Target] {
        let found = try await invocation.objects(kind, labels: invocation.given("label_selector")?.stringValue)
        let candidates = try sorted(matching(found))
        return try chosen(candidates).map {
            .object($0, kind, in: invocation.namespaceName, candidates: candidates.count)
        }
    }

    private func matching(_ objects: [JSONValue]) throws -> [JSONValue] {
        guard let text = invocation.given("name_pattern")?.stringValue else { return objects }
        let pattern: RegularExpression
        do throws(RegularExpressionError) { pattern = try RegularExpression(text) } catch {
            throw ExperimentError(python: "re.error", "name_pattern: \(error)")
        }
        return objects.filter { pattern.matches($0.objectName) }
    }

    /// Servers list by name; times of creation are UTC to the second, so that their texts are in order.
    private func sorted(_ objects: [JSONValue]) -> [JSONValue] {
        guard order == "oldest" else { return objects }
        func key(_ object: JSONValue) -> String { object["metadata"]?["creationTimestamp"]?.stringValue ?? "" }
        let indexed = objects.enumerated().sorted { left, right in
            let (first, second) = (key(left.element), key(right.element))
            return first == second ? left.offset < right.offset : first < second
        }
        return indexed.map(\.element)
    }

    private func chosen(_ objects: [JSONValue]) throws -> [JSONValue] {
        if invocation.argument("all").isTruthy { return objects }
        var quantity = Int(invocation.argument("qty").intValue ?? 1)
        if mode == "percentage" { quantity = (min(quantity, 100) * objects.count + 99) / 100 }
        quantity = min(quantity, objects.count)
        guard invocation.argument("rand").isTruthy, quantity > 0 else { return Array(objects.prefix(quantity)) }
        return try Selection(.count(quantity), of: objects, by: \.objectName, seed: invocation.seed).chosen
    }
}
