// Preloaded into the jsii kernel by bindings/__init__.py (NODE_OPTIONS=--require). See there for the why.
//
// NODE_OPTIONS reaches every Node process started below Python, so this does nothing outside a jsii kernel
// (jsii sets JSII_AGENT for it), and whatever it cannot do it leaves to the stock code.
'use strict';

const childProcess = require('child_process');
const fs = require('fs');
const Module = require('module');
const path = require('path');
const { PassThrough } = require('stream');
const threads = require('worker_threads');

// The package's `main`, lib/index.js, requires all of its 2,212 modules. HashiCorp generates
// lib/lazy-index.js beside it, the same exports as getters, and never made it the `main`
// (hashicorp/terraform-cdk#3753). Nor has its successor, whose packages are laid out alike.
const BINDINGS = ['@cdktf/provider-aws', '@cdktn/provider-aws'];

function resolveToLazyIndex() {
  const resolveFilename = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    const found = resolveFilename.call(this, request, ...rest);
    if (BINDINGS.includes(request) && path.basename(found) === 'index.js') {
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
        childProcess.spawnSync(process.execPath, args, { env, stdio: 'ignore', timeout: 60_000 });
        super('', { eval: true }); // what the caller gets to hold has nothing left to do
      } else {
        super(file, options);
      }
    }
  };
}

// Every token notes where it was created, by a text of the whole stack, for the message of an error that a program of
// Node's would understand; ours is Python, of which the stack knows nothing. It takes a sixth of a synth's work, and no
// option of cdktf leaves it out (cdktf 0.21, lib/tokens/private/stack-trace.js).
const STACKS = path.join('lib', 'tokens', 'private', 'stack-trace.js');

function forgetWhereTokensAreCreated() {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...rest) {
    const result = compile.call(this, content, filename, ...rest);
    if (filename.endsWith(STACKS) && typeof this.exports.captureStackTrace === 'function') {
      this.exports.captureStackTrace = () => [];
    }
    return result;
  };
}

// jsii's runtime is two processes: the kernel, and before it one that hands every message on, there and back,
// through asynchronous streams, which is a good part of the time that a call takes. Here the kernel inherits the
// pipes to and from Python themselves. The one before it goes on forwarding output, signals and the exit code.
const WRITES = 'AURORA_KERNEL_WRITES';

function connectKernelToPython() {
  const spawn = childProcess.spawn;
  childProcess.spawn = function (command, args, options) {
    const isKernel = path.basename(String(args?.[args.length - 1])) === 'program.js';
    if (!isKernel || String(options?.stdio) !== 'ignore,pipe,pipe,pipe') return spawn.apply(this, arguments);
    const stdio = ['ignore', 'pipe', 'pipe', 0, 1];
    const child = spawn.call(this, command, args, { ...options, stdio, env: { ...process.env, [WRITES]: '4' } });
    const nothing = new PassThrough(); // what is left to hand on
    child.once('exit', () => nothing.end());
    child.stdio[3] = nothing;
    return child;
  };
  Object.defineProperty(process, 'stdin', { value: new PassThrough(), configurable: true });
}

// The kernel reads and writes at descriptor 3, which is now one way only.
function writeToPython(descriptor) {
  const writeSync = fs.writeSync;
  fs.writeSync = (target, ...rest) => writeSync.call(fs, target === 3 ? descriptor : target, ...rest);
}

if (process.env.JSII_AGENT && threads.isMainThread) {
  process.noDeprecation = true; // cdktf 0.21 calls util.isArray, and a warning of it would end every synth
  if (path.basename(process.argv[1] ?? '') === 'jsii-runtime.js') connectKernelToPython();
  if (process.env[WRITES]) writeToPython(Number(process.env[WRITES]));
  delete process.env[WRITES];
  resolveToLazyIndex();
  forgetWhereTokensAreCreated();
  buildIndexBeforeReturning();
}
