#!/usr/bin/env bash
# Builds the documentation of the library products into dist/docs, a static site; warnings, such as links that lead
# nowhere, fail it. `./build.sh docs` runs it, with the C libraries in place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$PWD/.build/documentation
# In this order: the later ones link to types of the earlier ones.
modules=(FunctionRuntime JSONHandlers LambdaRuntime FunctionCompute DurableExecution)

rm -rf "$build"; mkdir -p "$build"
# Symbol graphs are written for all that is built.
TOCSIN_ONLY=$(IFS=,; echo "${modules[*]}") swift package dump-symbol-graph --minimum-access-level public
graphs=$(swift build --show-bin-path)/../symbolgraph
archives=()
for module in "${modules[@]}"; do
    mkdir -p "$build/$module.symbols" "$build/$module.docc"
    cp "$graphs/$module".symbols.json "$build/$module.symbols/"
    # What it adds to types of other modules.
    cp "$graphs/$module"@*.symbols.json "$build/$module.symbols/" 2>/dev/null || true
    catalogue=$(find Sources -path "*/$module/Documentation.docc")
    options=()
    for archive in "${archives[@]}"; do options+=(--dependency "$archive"); done
    docc convert "${catalogue:-$build/$module.docc}" --additional-symbol-graph-dir "$build/$module.symbols" \
        --fallback-display-name "$module" --fallback-bundle-identifier "tocsin.$module" \
        --enable-experimental-external-link-support "${options[@]}" --warnings-as-errors \
        --disable-parameters-and-returns-validation \
        --output-path "$build/$module.doccarchive"
    archives+=("$build/$module.doccarchive")
done
rm -rf dist/docs; mkdir -p dist
docc merge "${archives[@]}" --synthesized-landing-page-name Tocsin --output-path dist/docs
