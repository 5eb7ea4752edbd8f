// Reads an AsyncAPI document on standard input and prints what the official parser finds wrong with it, as JSON.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const found = diagnostics.filter(({ severity }) => severity === ERROR);
const problems = found.map(({ path, message }) => `${path.join("/")}: ${message}`);
console.log(JSON.stringify(document || problems.length ? problems : ["it is no AsyncAPI document"]));
