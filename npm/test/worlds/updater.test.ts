import { loadVerifier } from "tuf-verifier";
import { testUpdater } from "./engine.js";

testUpdater("component", await loadVerifier());
