// Ask one query of several SPARQL endpoints together, and print the rows as JSON.
// node comunica.cjs FOLDER QUERY ENDPOINT... ; FOLDER has Comunica in its node_modules.
const { createRequire } = require("node:module");
const { join, resolve } = require("node:path");

const [folder, query, ...endpoints] = process.argv.slice(2);
const { QueryEngine } = createRequire(join(resolve(folder), "package.json"))("@comunica/query-sparql");

async function main() {
  const sources = endpoints.map((value) => ({ type: "sparql", value }));
  const rows = await (await new QueryEngine().queryBindings(query, { sources })).toArray();
  const plain = rows.map((row) =>
    Object.fromEntries([...row].map(([name, term]) => [name.value, term.value])),
  );
  process.stdout.write(JSON.stringify(plain));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
