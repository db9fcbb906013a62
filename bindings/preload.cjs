// Preloaded into the jsii kernel by bindings/__init__.py (NODE_OPTIONS=--require). See there for the why.
//
// NODE_OPTIONS reaches every Node process started below Python, so this does nothing outside a jsii kernel
// (jsii sets JSII_AGENT for it), and whatever it cannot do it leaves to the stock code.
'use strict';

const { spawnSync } = require('child_process');
const fs = require('fs');
const Module = require('module');
const path = require('path');
const threads = require('worker_threads');

// The package's `main`, lib/index.js, requires all of its 2,212 modules. HashiCorp generates
// lib/lazy-index.js beside it, the same exports as getters, and never made it the `main`
// (hashicorp/terraform-cdk#3753).
function resolveToLazyIndex() {
  const resolveFilename = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    const found = resolveFilename.call(this, request, ...rest);
    if (request === '@cdktf/provider-aws' && path.basename(found) === 'index.js') {
      const lazy = path.join(path.dirname(found), 'lazy-index.js');
      if (fs.existsSync(lazy)) return lazy;
    }
    return found;
  };
}

// jsii >= 1.142 parses a package's whole type description only until it has an index of it in its package
// cache. It builds the index in a worker thread, which a fast synth never lets finish: the kernel is told to
// exit first, so each run parses 131 MB and starts the same worker. Building it here before the load returns
// makes the first run wait some seconds, once, and every later run start from the index.
function buildIndexBeforeReturning() {
  const SCRIPT = `
    const [file, data] = process.argv.slice(1);
    new (require('worker_threads').Worker)(file, { workerData: JSON.parse(data) });
  `;
  const isWritable = (directory) => {
    try {
      fs.accessSync(directory, fs.constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  threads.Worker = class Worker extends threads.Worker {
    constructor(file, options) {
      const { packageDir } = options?.workerData ?? {};
      if (path.basename(String(file)) === 'runtime-index-worker.js' && packageDir && isWritable(packageDir)) {
        // The same worker, in a process of its own because only a process can be waited for here.
        const args = [...process.execArgv, '-e', SCRIPT, String(file), JSON.stringify(options.workerData)];
        const env = { ...process.env, NODE_OPTIONS: '' };
        spawnSync(process.execPath, args, { env, stdio: 'ignore', timeout: 60_000 });
        super('', { eval: true }); // what the caller gets to hold has nothing left to do
      } else {
        super(file, options);
      }
    }
  };
}

if (process.env.JSII_AGENT && threads.isMainThread) {
  process.noDeprecation = true; // cdktf 0.21 calls util.isArray, and a warning of it would end every synth
  resolveToLazyIndex();
  buildIndexBeforeReturning();
}
